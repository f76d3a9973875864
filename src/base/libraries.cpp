#include "base/libraries.h"

#include <curl/curl.h>
#include <fmt/core.h>
#include <gif_lib.h>
#include <hwy/base.h>
#include <jconfig.h>
#include <oneapi/dnnl/dnnl.h>
#include <openssl/crypto.h>
#include <spng.h>
#include <tbb/version.h>
#include <tiffio.h>
#include <webp/decode.h>
#include <zip.h>

#include <nlohmann/json.hpp>
#include <string_view>

#define FOVEA_TEXT_OF(x) #x
#define FOVEA_TEXT(x) FOVEA_TEXT_OF(x)

namespace fovea {
namespace {

std::string dotted(int major, int minor, int patch) {
  return std::to_string(major) + "." + std::to_string(minor) + "." + std::to_string(patch);
}

// "LIBTIFF, Version 4.5.0\nCopyright ..."
std::string tiff_version() {
  std::string_view text = TIFFGetVersion();
  text = text.substr(0, text.find('\n'));
  return std::string(text.substr(text.rfind(' ') + 1));
}

std::string highway_version() {
#if defined(HWY_MAJOR)  // since 1.0.4
  return "Highway " + dotted(HWY_MAJOR, HWY_MINOR, HWY_PATCH);
#else
  return "Highway";
#endif
}

}  // namespace

std::vector<std::string> library_versions() {
  const dnnl_version_t* dnnl = dnnl_version();
  const int webp = WebPGetDecoderVersion();
  return {
      "oneDNN " + dotted(dnnl->major, dnnl->minor, dnnl->patch),
      highway_version(),
      std::string("oneTBB ") + TBB_runtime_version(),
      "libjpeg-turbo " FOVEA_TEXT(LIBJPEG_TURBO_VERSION),
      std::string("libspng ") + spng_version_string(),
      "libwebp " + dotted(webp >> 16 & 255, webp >> 8 & 255, webp & 255),
      "libtiff " + tiff_version(),
      "giflib " + dotted(GIFLIB_MAJOR, GIFLIB_MINOR, GIFLIB_RELEASE),
      std::string("libcurl ") + curl_version_info(CURLVERSION_NOW)->version,
      std::string("OpenSSL ") + OpenSSL_version(OPENSSL_VERSION_STRING),
      std::string("libzip ") + zip_libzip_version(),
      "fmt " + dotted(FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100),
      "nlohmann_json " + dotted(NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR, NLOHMANN_JSON_VERSION_PATCH),
  };
}

}  // namespace fovea
