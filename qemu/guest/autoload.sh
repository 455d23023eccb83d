# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=busybox
# The module in the initramfs, nothing done by hand.

plan 5
wait_for 10 smmu_and_nvme_work
expect "SMMU and NVMe work without a step by hand" \
	"format module: $(lsmod | grep $format), nobody ran modprobe" \
	smmu_and_nvme_work
expect "nothing waits" "devices_deferred: $(deferred)" [ -z "$(deferred)" ]
expect "NVMe's DMA is translated" "iommu_group/type $(group_type)" [ "$(group_type)" = DMA ]
io "autoloaded" 64
no_faults
