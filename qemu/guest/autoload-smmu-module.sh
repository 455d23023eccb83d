# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The SMMU driver and the format are both modules. As udev in a distribution's initramfs, this script
# requests a driver for each device. It does not load the format by name.
. ./lib.sh

plan 6
expect "neither module is loaded" "lsmod: '$(lsmod)'" [ -z "$(lsmod)" ]
find /sys/devices -name modalias -exec cat {} + | sort -u | while read -r alias; do
	modprobe -q -b "$alias"
done
wait_for 10 smmu_and_nvme_work
expect "the device's alias brings SMMU driver and format" \
	"loaded: $(lsmod | cut -d' ' -f1)" smmu_and_nvme_work
dma_works "autoloaded"
no_faults
