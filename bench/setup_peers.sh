#!/bin/bash
# setup_peers.sh DIR
#
# Installs what the peers of the benchmarks need, by apt (Debian 12, as root or by sudo) and from PyPI, and leaves in DIR:
#   venv/            Pillow, OpenCV, torch, torchvision, onnxruntime, OpenVINO and what they need: some GB
#   resnet18.pth     ResNet-18 with fixed random weights, a PyTorch state dict
# What is there already is kept. PIP_INDEX_URL and PIP_EXTRA_INDEX_URL choose other builds of torch.
set -euo pipefail
dir=${1:?usage: setup_peers.sh DIR}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)

packages=(python3 python3-venv imagemagick)
pip=(numpy==2.4.6 scipy numexpr pyfftw pillow==13.0.0 opencv-python-headless==5.0.0.93 torch==2.15.0 torchvision==0.29.2
  onnx==1.23.2 onnxruntime==1.32.0 openvino==2026.4.1)

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
  echo "$wanted" >"$dir/venv/.wanted"
fi
[ -f "$dir/resnet18.pth" ] || "$dir/venv/bin/python" "$here/peers/make_resnet18.py" "$dir/resnet18.pth"
"$dir/venv/bin/python" -c 'import cv2, numpy, onnxruntime, openvino, PIL, torch, torchvision
for m in cv2, numpy, onnxruntime, openvino, PIL, torch, torchvision: print(m.__name__, m.__version__)'
