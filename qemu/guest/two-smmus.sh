# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Two SMMUs have a disk each. The second SMMU has stage 2 only. The module of their formats arrives after boot.
. ./lib.sh

second=0001:09:00.0
second_port=0001:08:00.0
second_smmu=c020000.iommu
io_pgtable=/sys/kernel/debug/io-pgtable

both_smmus_wait() {
	has "$smmu.*waiting for page table format ARM_64_LPAE_S" "$(deferred)" &&
		has "$second_smmu.*waiting for page table format ARM_64_LPAE_S" "$(deferred)"
}

both_disks_wait() {
	! both_are_ready && has "$nvme" "$(deferred)" && has "$second" "$(deferred)"
}

# tables_of SMMU: print the info files of the SMMU's page tables
tables_of() {
	grep -l "^device: *$1," $io_pgtable/tables/*/info
}

# formats_of SMMU: print the formats of the SMMU's page tables
formats_of() {
	tables_of "$1" | xargs -r sed -nE 's/^format: *//p' | sort -u
}

plan 18
wait_for 5 both_smmus_wait
expect "both SMMUs wait, and say what for" "devices_deferred: $(deferred | grep ARM_64_LPAE)" both_smmus_wait
expect "both disks wait" "devices_deferred: $(deferred | grep -e "$nvme" -e "$second")" both_disks_wait

modules_arrive
modprobe io-pgtable-arm-lpae
wait_for 20 both_are_ready
expect "modprobe alone: both disks probe" "$(echo /dev/nvme*n1)" both_are_ready
expect "nothing waits any more" "devices_deferred: '$(deferred)'" [ -z "$(deferred)" ]
expect "the first SMMU has tables of stage 1" "$smmu: $(formats_of "$smmu")" \
	[ "$(formats_of "$smmu")" = ARM_64_LPAE_S1 ]
expect "the second SMMU has tables of stage 2" "$second_smmu: $(formats_of $second_smmu)" \
	[ "$(formats_of $second_smmu)" = ARM_64_LPAE_S2 ]
disk=$(disk_of "$nvme")
dma_works "behind the first SMMU"
expect "both disks work at the same time" "4 MiB each, written and read back" both_work
refused "while both work"

# --- one SMMU has no device any more
echo 1 >/sys/bus/pci/devices/$second_port/remove
expect "without devices the second SMMU has no table" "tables: $(tables_of $second_smmu)" \
	[ -z "$(tables_of $second_smmu)" ]
io "meanwhile, behind the first SMMU" 8
refused "with no device behind the second SMMU"
rescan_pci
wait_for 10 both_are_ready
expect "both disks work after a rescan" "$(formats_of $second_smmu)" both_work
no_faults
