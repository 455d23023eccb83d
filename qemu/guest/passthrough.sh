# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# With iommu.passthrough=1, the SMMU needs no format at boot. The first translating domain loads the format.
. ./lib.sh

group=/sys/bus/pci/devices/$nvme/iommu_group

# change_type TYPE: change the domain's type as sysfs-kernel-iommu_groups documents, and print errors
change_type() {
	echo $nvme >/sys/bus/pci/drivers/nvme/unbind
	sh -c "echo $1 >$group/type" 2>&1
}

nvme_comes_back() {
	echo $nvme >/sys/bus/pci/drivers/nvme/bind && wait_for 10 nvme_is_ready
}

plan 18

# --- identity
wait_for 10 smmu_and_nvme_work
expect "SMMU and NVMe work without the module" "$(usage), up for $(milliseconds) ms" smmu_and_nvme_work
expect "the module is not loaded" "$(usage)" [ -z "$(references $format)" ]
expect "nothing waits" "devices_deferred: '$(deferred)'" [ -z "$(deferred)" ]
expect "nothing is missed" "$(kernel_log | grep 'page table format')" \
	lacks "page table format" "$(kernel_log)"
expect "the default domain is identity" "iommu_group/type $(group_type)" [ "$(group_type)" = identity ]
io "identity" 8

# --- translation, with the module still missing
message=$(change_type DMA)
expect "without the module DMA is refused: -ENOENT" "$message" has "No such file or directory" "$message"
message=$(kernel_log | grep 'page table format')
expect "the log says what to load" "$message" \
	has "no page table format ARM_64_LPAE_S[12]: load it with modprobe io-pgtable-" "$message"
expect "the default domain is still identity" "iommu_group/type $(group_type)" [ "$(group_type)" = identity ]
nvme_comes_back
io "after the refusal" 8

# --- translation
modules_arrive
message=$(change_type DMA)
expect "with the module DMA is accepted, and loads it" "$message $(usage)" loaded $format
nvme_comes_back
dma_works "translated"

# --- and back
message=$(change_type identity)
expect "back to identity" "$message iommu_group/type $(group_type)" [ "$(group_type)" = identity ]
message=$(rmmod $format 2>&1)
expect "the module can be unloaded" "$message $(usage)" [ -z "$(references $format)" ]
nvme_comes_back
expect "the NVMe works without the module" "/dev/nvme0n1 after bind" nvme_is_ready
no_faults
