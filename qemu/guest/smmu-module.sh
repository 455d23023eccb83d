# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The SMMU driver is a module, too. All modules are unloaded and loaded many times, and nothing may leak.
# ROUNDS=N on the kernel's command line sets the number of rounds.
. ./lib.sh
. ./leaks-lib.sh

# unload and load are one round. After a failure, $step is the step that failed.
unload() {
	step="PCI devices removed" && remove_pci_devices &&
		step="rmmod arm_smmu_v3" && rmmod arm_smmu_v3 &&
		step="rmmod $format" && rmmod $format
}

load() {
	step="modprobe arm-smmu-v3" && modprobe arm-smmu-v3 &&
		step="rescan" && rescan_pci && wait_for 10 smmu_and_nvme_work &&
		step="I/O" && quick_io
}

# Writes and reads behind the 64 MiB that the host compares.
quick_io() {
	dd if=/dev/urandom of=/tmp/random bs=64k count=16 2>/dev/null &&
		dd if=/tmp/random of=/dev/nvme0n1 bs=64k seek=1024 oflag=direct 2>/dev/null &&
		dd if=/dev/nvme0n1 of=/tmp/back bs=64k skip=1024 count=16 iflag=direct 2>/dev/null &&
		cmp -s /tmp/random /tmp/back
}

nothing_loaded() {
	! loaded arm_smmu_v3 && ! loaded $format
}

# All one-time allocations happen in the first rounds.
warm_up=5

plan 15
modprobe arm-smmu-v3
wait_for 10 smmu_and_nvme_work
expect "modprobe arm-smmu-v3 brings its format along" "$(lsmod | grep -E 'smmu|lpae')" \
	smmu_and_nvme_work
dma_works "both modules"
refused "while the SMMU driver is loaded"
with=$(iommu_pages)
unload
expect "PCI devices removed, SMMU driver and format unloaded" "last step: $step; lsmod: '$(lsmod)'" \
	nothing_loaded
expect "no page is left of their tables" "nr_iommu_pages: $with before, $(iommu_pages) after" \
	[ "$(iommu_pages)" = 0 ]
load
expect "both loaded again, bus rescanned" "$(lsmod | grep -E 'smmu|lpae')" smmu_and_nvme_work
io "loaded again" 64

done=0
start=$(milliseconds)
while [ $done -lt "$ROUNDS" ] && unload && load; do
	done=$((done + 1))
	[ $((done % 10)) != 0 ] || say "# $done rounds of $ROUNDS"
	[ $done != $warm_up ] || { unload && slabs >/tmp/before && load; } || break
done
took=$(($(milliseconds) - start))
expect "$ROUNDS rounds of unloading and loading, I/O in each" \
	"$done rounds in $((took / 1000)) s, last step: $step" [ $done = "$ROUNDS" ]

unload
slabs >/tmp/after
expect "no page is left of any table" "nr_iommu_pages $(iommu_pages)" [ "$(iommu_pages)" = 0 ]
expect "no slab cache grows by an object a round" \
	"$(wc -l </tmp/after) caches, in $((ROUNDS - warm_up)) rounds: $(grown 1)" \
	no_growth $((ROUNDS - warm_up))
no_leaks
no_faults
