# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The initramfs has the format's module, and the SMMU driver is built in. No step by hand is necessary.
. ./lib.sh

plan 7
wait_for 10 smmu_and_nvme_work
expect "SMMU and NVMe work, and nobody called modprobe by hand" \
	"kernel.modprobe $(cat /proc/sys/kernel/modprobe), loaded: $(lsmod | cut -d' ' -f1)" \
	smmu_and_nvme_work
expect "nothing waits" "devices_deferred: '$(deferred)'" [ -z "$(deferred)" ]
expect "nothing failed" "messages of failed probes: $(failed_probes | wc -l)" [ -z "$(failed_probes)" ]
dma_works "autoloaded"
no_faults
