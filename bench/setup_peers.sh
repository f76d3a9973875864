#!/bin/bash
# setup_peers.sh DIR
#
# Installs what the peers of the benchmark need (Debian 12), and leaves in DIR:
#   venv/            onnxruntime and OpenCV from PyPI, with their own numpy
#   resnet18.onnx    ResNet-18, fixed random weights, dynamic batch, opset 13
#   resnet18.pth     the same weights as a PyTorch state dict
# PyTorch comes from Debian and runs under /usr/bin/python3. What is there already is kept.
set -euo pipefail
dir=${1:?usage: setup_peers.sh DIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

packages=(python3 python3-venv python3-torch python3-torchvision python3-pil python3-numpy
  imagemagick webp libjpeg-turbo-progs libimage-exiftool-perl)
pip=(onnxruntime==1.31.1 opencv-python-headless==5.0.0.93 numpy==2.4.6)

missing=()
for p in "${packages[@]}"; do
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
done
if [ ${#missing[@]} -gt 0 ]; then
  echo "installing ${missing[*]}"
  apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
  [ "$(id -u)" = 0 ] || apt=(sudo "${apt[@]}")
  "${apt[@]}" update >/dev/null
  "${apt[@]}" install --no-install-recommends "${missing[@]}" >/dev/null
fi

wanted="${pip[*]}"
if [ "$(cat "$dir/venv/.wanted" 2>/dev/null)" != "$wanted" ]; then
  rm -rf "$dir/venv"
  /usr/bin/python3 -m venv "$dir/venv"
  "$dir/venv/bin/pip" install -q "${pip[@]}"
  "$dir/venv/bin/python" -c 'import cv2, numpy, onnxruntime'
  echo "$wanted" >"$dir/venv/.wanted"
fi

if [ ! -f "$dir/resnet18.onnx" ] || [ ! -f "$dir/resnet18.pth" ]; then
  /usr/bin/python3 "$here/peers/make_resnet18.py" "$dir/resnet18.onnx" "$dir/resnet18.pth"
fi

/usr/bin/python3 -c 'import torch, torchvision, PIL
print("torch", torch.__version__, "torchvision", torchvision.__version__, "Pillow", PIL.__version__)'
"$dir/venv/bin/python" -c 'import cv2, numpy, onnxruntime
print("onnxruntime", onnxruntime.__version__, "OpenCV", cv2.__version__, "numpy", numpy.__version__)'
