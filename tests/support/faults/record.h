#pragma once
#include <sys/types.h>

#include "support/faults/path.h"
#include "support/faults/plan.h"

// What a plan with record= keeps of the calls that it is about and that succeeded, so that a disk can be made on which
// only some of them were done: KIND NUMBER SIZE PATH, a tab and a second path for renames and links, a newline; behind
// a write its SIZE bytes. NUMBER is a write's offset and a file's size.
namespace fovea::faults {

void record_write(int file, const void* bytes, long done, off64_t offset);  // done: what the call gave
void record_size(int file, off64_t size);
void record_sync(int file, bool whole_system);
void record_name(Call, const Path&);
void record_names(Call, const Path& from, const Path& to);

}  // namespace fovea::faults
