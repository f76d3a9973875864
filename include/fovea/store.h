#pragma once
#include <cstdint>
#include <memory>

#include "fovea/image.h"
#include "fovea/pipeline.h"

namespace fovea {

struct StoreOptions {
  // What a picture's file is called, before its extension: the input's number in nine digits or more, so that names
  // sort as the inputs do and are the keys of WebDataset; or the SHA-256 of its bytes, which equal files share,
  // whatever their place: a folder keeps them once.
  enum class Names : std::uint8_t { index, sha256 };
  // What must hold, or else the row has an error: nothing but that there are bytes; a header that some codec reads,
  // within the limits; or that the whole picture can be decoded.
  enum class Check : std::uint8_t { none, header, decode };

  Names names = Names::index;
  Check check = Check::header;
  Limits limits = {};
};

// Rows that keep each input's bytes as they came: Row::file is "000000123.jpg" (jpg, png, webp, tif, bmp, pnm, gif by
// content, bin for what is no picture) and Row::bytes its contents, for a folder or archive. Width and height are those
// of the header, turned as EXIF says, or 0. Fields: bytes, sha256, file. Inputs that come as pixels are errors,
// INVALID_ARGUMENT; nothing is encoded. Takes a copy of the bytes and their hash; decoding is only for Check::decode.
std::unique_ptr<Task> store_task(const StoreOptions& = {});

}  // namespace fovea
