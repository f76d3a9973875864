#include "model/zoo/download.h"

#include "fovea/error.h"
#include "fovea/fetch.h"
#include "model/zoo/partial_file.h"
#include "model/zoo/transfer.h"

namespace fovea::model {
namespace {

constexpr long range_not_satisfiable = 416;
constexpr int max_attempts = 6;

Error failed(const Download& download, const std::string& what) {
  return Error(Errc::download, "download " + public_url(download.url) + ": expected the file, got: " + what +
                                   "; give another address with --url, set FOVEA_MODEL_URL, or name a file");
}

bool agrees(const Download& download, const std::string& sha256) {
  return !download.sha256.empty() && sha256.starts_with(download.sha256);
}

// Brings the part to its end. True when a part from before was continued, whose bytes may be another file's.
bool fetch(const Download& download, PartialFile& part) {
  bool resumed = part.size() > 0, restarted = false;
  for (int attempt = 1;; ++attempt) {
    const std::int64_t before = part.size();
    const TransferEnd end = transfer(download, part);
    if (!end.fault) return resumed;
    if (end.status == range_not_satisfiable && before > 0) {
      if (agrees(download, part.sha256())) return true;
      if (restarted) throw failed(download, *end.fault);
      part.clear();
      resumed = false;
      restarted = true;
    } else if (!end.cut || (part.size() == before && part.size() > 0)) {
      throw failed(download, *end.fault);
    }
    if (attempt == max_attempts) throw failed(download, end.fault.value_or("no end"));
  }
}

}  // namespace

void download_file(const Download& download) {
  PartialFile part(download.path);
  if (part.complete()) return;
  if (part.size() > download.limit) part.clear();
  bool resumed = fetch(download, part);
  std::string sha256 = part.sha256();
  if (!agrees(download, sha256) && resumed) {
    part.clear();
    fetch(download, part);
    sha256 = part.sha256();
  }
  if (agrees(download, sha256)) return part.publish();
  part.remove();
  throw Error(Errc::checksum, "download " + public_url(download.url) + ": expected sha256 " + download.sha256 +
                                  ", got " + sha256 + "; the file was removed");
}

}  // namespace fovea::model
