#!/bin/bash
# corpus.sh DIR [--photo]
#
# Builds the benchmark's pictures from photographs shipped in Debian packages, which are
# downloaded and unpacked under DIR/.src but not installed:
#   DIR/web     504 JPEGs of about 500x375, quality 85..92, 1 in 7 progressive, 1 in 9 4:4:4
#   DIR/photo   24 JPEGs of 4000x3000, quality 92..96 (with --photo)
# Sources, crops and order are fixed, so the same packages give the same bytes; the checksum
# printed at the end is compared with the one seen on Debian 12. A folder that is complete is
# left alone. Needs apt-get, dpkg and imagemagick (see setup_peers.sh).
# shellcheck disable=SC2206  # the source lists are words without spaces, some with braces
set -euo pipefail

usage="usage: corpus.sh DIR [--photo]"
dir="" photo=no
for a in "$@"; do
  case $a in
    --photo) photo=yes ;;
    -*) echo "$usage" >&2; exit 2 ;;
    *) [ -z "$dir" ] || { echo "$usage" >&2; exit 2; }; dir=$a ;;
  esac
done
[ -n "$dir" ] || { echo "$usage" >&2; exit 2; }
mkdir -p "$dir/.src"
dir=$(cd "$dir" && pwd)
src=$dir/.src

web_count=504 web_sum=86f388b2f1a2ae79
photo_count=24 photo_sum=be23d8bc3a4d92ec

# --- source photographs ---------------------------------------------------------------------
# A fixed list of the more detailed ones: wallpapers are often smooth, and smooth files decode fast.
l16=lomiri-wallpapers-16.04/usr/share/backgrounds
l20=lomiri-wallpapers-20.04/usr/share/backgrounds
mate='mate-backgrounds/usr/share/backgrounds/mate/nature'
plasma='plasma-workspace-wallpapers/usr/share/wallpapers'
skimage=python3-skimage/usr/lib/python3/dist-packages/skimage/data
sklearn=python3-sklearn/usr/lib/python3/dist-packages/sklearn/datasets/images
cvdata=opencv-doc/usr/share/doc/opencv-doc/examples/data
cvtext=opencv-doc/usr/share/doc/opencv-doc/examples/text

big=( # 12..20 megapixels
  $l16/Dragonfly_by_Bolly.jpg $l16/seeding_by_Clements_Engelhardt.jpg
  $l20/Kleiber_by_Lukas_Baubkus.jpg $l16/sunset_by_Aitzol_Berasategi.jpg)
mid=( # at least 2000x1500
  $l16/life_by_Aitzol_Berasategi.jpg $l16/analogpattern_by_Peter_Nerlich.jpg
  $l16/picosdeeuropa_by_Aitzol_Berasategi.jpg $l16/Picture_0B_by_freespace.jpg
  $l16/aitzgorri_by_Aitzol_Berasategi.jpg $l16/friends_by_Aitzol_Berasategi.jpg
  $plasma/{OneStandsOut,EveningGlow,Path,BytheWater,Autumn,FallenLeaf,ColorfulCups}/contents/images/2560x1600.jpg
  $l16/Bridge_by_Sander_Klootwijk.jpg)
large=( # about 1000..2000 wide
  $cvtext/scenetext0{4,2,5,3}.jpg $cvdata/aloe{L,R}.jpg $l16/Picture_1A_by_freespace.jpg
  $mate/{Dune,GreenMeadow,RainDrops}.jpg)
small=( # about 500..800 wide: used whole
  $cvtext/scenetext0{1,6}.jpg $cvdata/graf{1,3}.png $cvdata/aero{1,3}.jpg $cvdata/building.jpg
  $cvdata/leuvenA.jpg $cvdata/rubberwhale1.png $cvdata/{baboon,fruits,home,messi5,squirrel_cls}.jpg
  $skimage/{motorcycle_left,coffee,astronaut}.png $sklearn/{china,flower}.jpg)

fetch_sources() {
  local f p
  for f in "${big[@]}" "${mid[@]}" "${large[@]}" "${small[@]}"; do
    [ -f "$src/$f" ] && continue
    p=${f%%/*}
    [ ! -d "$src/$p" ] || { echo "corpus.sh: $p does not hold $f" >&2; exit 1; }
    echo "fetching $p"
    (cd "$src" && apt-get -q -o APT::Sandbox::User=root download "$p" >/dev/null)
    rm -rf "$src/$p.part"
    dpkg -x "$src/$p"_*.deb "$src/$p.part"
    mv "$src/$p.part" "$src/$p"
    rm -f "$src/$p"_*.deb
    [ -f "$src/$f" ] || { echo "corpus.sh: $p does not hold $f" >&2; exit 1; }
  done
}

# ImageMagick 6's convert; other programs of that name stand before it in some PATHs, and say so in their version.
find_convert() {
  local found
  while read -r found; do
    case $("$found" -version 2>/dev/null | head -n 1) in "Version: ImageMagick 6"*) echo "$found"; return ;; esac
  done < <(type -ap convert)
  echo "corpus.sh: expected ImageMagick 6's convert in PATH, found none; install imagemagick" >&2
  exit 1
}

# Each job is one line of arguments for ImageMagick, run on as many cores as there are.
run_jobs() {
  export OMP_NUM_THREADS=1 MAGICK_THREAD_LIMIT=1
  (cd "$src" && tr '\n' '\0' <"$1" | xargs -0 -P "$(nproc)" -I{} sh -c "exec '$convert' -quiet {}")
}

check() { # check NAME COUNT SUM
  local n sum
  n=$(find "$dir/$1" -name '*.jpg' | wc -l)
  [ "$n" = "$2" ] || { echo "corpus.sh: $dir/$1 holds $n pictures, not $2: remove it and try again" >&2; exit 1; }
  sum=$(cd "$dir/$1" && sha256sum -- *.jpg | LC_ALL=C sort | sha256sum | cut -c1-16)
  echo "$1: $n pictures, $(du -sb "$dir/$1" | awk '{printf "%.1f", $1 / 1e6}') MB, checksum $sum$(
    [ "$sum" = "$3" ] || echo " (on Debian 12: $3; other versions of the sources or of imagemagick?)")"
}

# --- web: windows of the photographs, shrunk to cover the wanted size, then cut to it ---------
sizes=(500x375 500x375 375x500 500x333 500x375 333x500 500x500 400x300 640x480 500x375 500x281 500x400)
gravities=(Center NorthWest SouthEast NorthEast SouthWest Center West East North South)

web_job() { # web_job SOURCE WINDOW% VIEW SIZE: appends to $jobs, counts in $n
  local more=""
  if [ $((n % 4)) = 1 ]; then more="-flop"; fi
  local out="-sampling-factor 4:2:0"
  if [ $((n % 9)) = 4 ]; then out="-sampling-factor 4:4:4"; fi
  if [ $((n % 7)) = 3 ]; then out+=" -interlace JPEG"; fi
  echo "'$1[0]' -auto-orient -strip -colorspace sRGB -type TrueColor" \
    "-gravity ${gravities[$(($3 % 10))]} -crop $2%x$2%+0+0 +repage $more -filter Lanczos -resize $4^" \
    "-gravity Center -extent $4 $out -quality $((85 + (n * 5 + $3) % 8))" \
    "'$part/img_$(printf %04d "$n").jpg'" >>"$jobs"
  n=$((n + 1))
}

make_web() {
  local f v
  for f in "${small[@]}"; do web_job "$f" 100 0 500x375; web_job "$f" 100 1 400x300; done
  local windows=(100 85 85 80 80 75 75 70)
  for f in "${large[@]}"; do
    for v in "${!windows[@]}"; do web_job "$f" "${windows[$v]}" "$v" "${sizes[$v]}"; done
  done
  windows=(100 70 70 60 60 50 50 45 45 40 40 35 35 30 30 30 40 50 60)
  for ((v = 0; n < web_count; v++)); do
    for f in "${big[@]}" "${mid[@]}"; do
      [ "$n" -lt $web_count ] || break
      web_job "$f" "${windows[$((v % 19))]}" "$v" "${sizes[$((v % 12))]}"
    done
  done
}

# --- photo: 4000x3000 windows of the big photographs, and 2x2 mosaics of the others; no upscaling
make_photo() {
  local head="-strip -colorspace sRGB -type TrueColor"
  local cell="$head -gravity Center -crop 2000x1500+0+0 +repage -background gray50 -extent 2000x1500"
  local m=${#mid[@]} flips=("" "-flop" "-flip" "-flip -flop")
  for ((n = 0; n < photo_count; n++)); do
    local samp=4:2:0
    if [ $((n % 5)) = 2 ]; then samp=4:2:2; fi
    local end
    end="${flips[$((n / 10 % 4))]} -sampling-factor $samp -quality $((92 + n % 5)) '$part/photo_$(printf %03d "$n").jpg'"
    if [ $((n % 3)) = 0 ]; then # a photograph lower than 3000 rows is continued by its mirror image
      echo "'${big[$((n / 3 % ${#big[@]}))]}[0]' -auto-orient $head \\( +clone -flip \\) -append" \
        "-gravity ${gravities[$((n % 10))]} -crop 4000x3000+$((n % 13))+$((n % 7)) +repage" \
        "-gravity NorthWest -crop 4000x3000+0+0 +repage $end"
    else
      echo "\\( '${mid[$((n % m))]}[0]' '${mid[$(((n * 2 + 1) % m))]}[0]' $cell +append \\)" \
        "\\( '${mid[$(((n * 4 + 2) % m))]}[0]' '${mid[$(((n * 7 + 3) % m))]}[0]' $cell +append \\) -append $end"
    fi
  done >"$jobs"
}

build() { # build NAME COUNT SUM
  if [ ! -d "$dir/$1" ]; then
    convert=$(find_convert)
    fetch_sources
    part=$dir/.$1.part jobs=$src/$1.jobs n=0
    rm -rf "$part" "$jobs"
    mkdir "$part"
    "make_$1"
    echo "making $1"
    run_jobs "$jobs"
    mv "$part" "$dir/$1"
  fi
  check "$@"
}

build web $web_count $web_sum
[ $photo = no ] || build photo $photo_count $photo_sum
