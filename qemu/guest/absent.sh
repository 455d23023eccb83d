# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The kernel is configured without the format.
. ./lib.sh

plan 6
errors=$(smmu_messages | grep -E 'ARM_64_LPAE|failed with error')
expect "the SMMU's probe fails, naming format and Kconfig symbol" "$(echo "$errors" | head -n 1)" \
	has "ENOENT.*ARM_64_LPAE_S[12].*CONFIG_IOMMU_IO_PGTABLE_LPAE" "$errors"
expect "the driver core has -ENOENT" "$(echo "$errors" | tail -n 1)" \
	has "failed with error -2" "$errors"
expect "at once: before user space runs" "$(kernel_log | grep -E 'failed with error -2|Run /init')" \
	has "failed with error -2" "$(kernel_log | sed '/Run .init/q')"

# The driver core decides about the NVMe: it waits for its IOMMU until the deferral window closes, then
# probes without the IOMMU.
before=$(deferred)
wait_for 30 nvme_is_ready
say "# $(kernel_log | grep 'nvme 0000.*deferred probe timeout')"
expect "the SMMU does not wait, neither at first nor later" "devices_deferred at first: '$before', later: '$(deferred)'" \
	lacks smmuv3 "$before$(deferred)"
expect "no defer loop: one probe, one message" \
	"messages: $(smmu_messages | grep -c ARM_64_LPAE), smmu messages: $(smmu_messages | wc -l)" \
	[ "$(smmu_messages | grep -c ARM_64_LPAE)" = 1 ]
expect "the NVMe's fate is the kernel's own policy: without translation, after the window" \
	"iommu_group: $(group_type), /dev/nvme0n1: $(nvme_is_ready && echo there || echo not there)" \
	nvme_is_ready
