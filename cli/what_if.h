#pragma once
#include "fovea/diagnosis.h"
#include "picture_run.h"

namespace fovea::cli {

// Why the run was as fast as it was; with --what-if, measured on some of its pictures: files and members of archives,
// which are read again. Throws what measure_sample() throws.
Diagnosis diagnosis_of(const PictureRun&, const PictureOptions&, const Report&);

}  // namespace fovea::cli
