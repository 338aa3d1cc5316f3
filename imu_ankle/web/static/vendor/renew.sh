#!/bin/sh
# Renew uPlot from npm: sh renew.sh [VERSION]. Its licence comes with it.
set -eu
cd "$(dirname "$0")"
version="${1:-1.6.32}"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent "uplot@$version" && tar xzf uplot-*.tgz)
cp "$scratch/package/dist/uPlot.iife.min.js" "$scratch/package/dist/uPlot.min.css" .
cp "$scratch/package/LICENSE" uPlot.LICENSE
echo "uPlot $version"
