# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# An NVMe is behind an AMD IOMMU. The IOMMU driver allocates tables through the registry. Its formats are built in.
. ./lib.sh

driver=/sys/bus/pci/drivers/nvme

amd_messages() {
	kernel_log | sed -nE 's/^\[ *[0-9.]+\] (AMD-Vi: .*)/\1/p'
}

# Prints the format's line in the list of formats.
format_line() {
	grep AMD_IOMMU_V1 /sys/kernel/debug/io-pgtable/formats
}

tables() {
	format_line | awk '{ print $6 }'
}

groups() {
	find /sys/kernel/iommu_groups -mindepth 1 -maxdepth 1 | wc -l
}

# translated TYPE NAME MIB: three verdicts: the NVMe's group has a domain of this type, each group has a table from
# the registry, and the data is correct
translated() {
	wait_for 10 nvme_is_ready
	expect "NVMe's DMA is translated $2" "iommu_group/type $(group_type)" [ "$(group_type)" = "$1" ]
	expect "each of $(groups) groups has a table $2" "formats: $(format_line)" [ "$(tables)" = "$(groups)" ]
	io "$2" "$3"
}

nvme_is_unbound() {
	nvme_is_gone && [ ! -e "$driver/$nvme" ]
}

plan 16
wait_for 10 nvme_is_ready
nvme=$(basename "$(readlink /sys/block/nvme0n1/device/device)")
expect "the driver has found the IOMMU" "$(amd_messages | tail -n 1)" has "AMD-Vi: " "$(amd_messages)"
expect "it belongs to the IOMMU ivhd0" "NVMe $nvme: $(readlink "/sys/bus/pci/devices/$nvme/iommu")" \
	has "/ivhd0$" "$(readlink "/sys/bus/pci/devices/$nvme/iommu")"
translated DMA "after boot" 64

# --- a domain and its table are freed, and new ones are allocated
tables=$(tables)
echo 1 >"/sys/bus/pci/devices/$nvme/remove"
wait_for 5 nvme_is_gone
expect "the NVMe is removed" "/dev/nvme0n1 is gone" nvme_is_gone
expect "its table is gone" "formats: $(format_line)" [ "$(tables)" = $((tables - 1)) ]
rescan_pci
translated DMA "after a rescan" 8

# --- a table is allocated outside of a probe
echo "$nvme" >"$driver/unbind"
expect "the NVMe has no driver" "/dev/nvme0n1 is gone" nvme_is_unbound
echo DMA-FQ >"/sys/bus/pci/devices/$nvme/iommu_group/type"
echo "$nvme" >"$driver/bind"
translated DMA-FQ "with queued invalidations" 8
expect "no fault was reported" "$(amd_messages | grep -c Event) events in the kernel's log" \
	lacks "Event logged" "$(amd_messages)"
expect "nothing failed" "messages of failed probes: $(failed_probes | wc -l)" [ -z "$(failed_probes)" ]
