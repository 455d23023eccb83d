# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# Runs stress/vfio-fuzz, a hostile program. It makes and changes page tables through VFIO and iommufd, and checks the
# mappings with DMA of the devices. The kernel's command line may have SEED=N, FUZZ_SECONDS=N, ROUND=N (the first round)
# and CALLS=N (calls of each worker in a round).
. ./lib.sh
. ./leaks-lib.sh

# Prints QEMU's edu devices.
devices() {
	local device
	for device in /sys/bus/pci/devices/*; do
		[ "$(cat "$device/vendor")" != 0x1234 ] || basename "$device"
	done
}

give_to_vfio() {
	local device
	for device in $(devices); do
		echo vfio-pci >"/sys/bus/pci/devices/$device/driver_override"
		echo "$device" >/sys/bus/pci/drivers_probe
	done
}

all_are_vfios() {
	local device
	for device in $(devices); do
		[ "$(basename "$(readlink "/sys/bus/pci/devices/$device/driver")")" = vfio-pci ] || return
	done
}

counts() {
	echo "nr_iommu_pages $(iommu_pages), references $(references $format), tables $(find /sys/kernel/debug/io-pgtable/tables -name info | wc -l)"
	cat /sys/kernel/debug/io-pgtable/formats
}

fuzz() {
	local line
	# shellcheck disable=SC2046
	{
		vfio-fuzz -s "${SEED:-1}" -r "${ROUND:-0}" -t "${FUZZ_SECONDS:-600}" -n "${CALLS:-1000}" $(devices)
		echo "exit status $?"
	} 2>&1 | while IFS= read -r line; do
		say "# $line"
		echo "$line" >>/tmp/fuzz
	done
	tail -n 1 /tmp/fuzz | grep -q -x "exit status 0"
}

unload() {
	rmmod vfio_pci && rmmod vfio_pci_core && rmmod vfio_iommu_type1 && rmmod vfio && rmmod iommufd
}

plan 7
wait_for 10 smmu_and_nvme_work
echo 24 >/proc/sys/vm/nr_hugepages
modprobe iommufd
modprobe vfio
modprobe vfio_iommu_type1
modprobe vfio-pci
give_to_vfio
# The module finds the SMMU through a device with a driver, so it is loaded after vfio-pci has the devices.
modprobe io-pgtable-smmu-dirty
expect "vfio-pci has the devices" "$(devices)" all_are_vfios
expect "the SMMU driver believes in dirty tracking" "$(lsmod | grep smmu_dirty)" \
	loaded io_pgtable_smmu_dirty

counts >/tmp/before
fuzz
good=$?
expect "the device sees what was asked for, and nothing else" "$(grep FAIL /tmp/fuzz || grep ^seed /tmp/fuzz)" \
	[ $good = 0 ]
counts >/tmp/after
expect "no table, page or reference is left" "$(cat /tmp/after)" cmp -s /tmp/before /tmp/after
no_leaks
unload
expect "VFIO and iommufd can be unloaded" "$(lsmod | grep -E 'vfio|iommufd')" lacks "vfio\|iommufd" "$(lsmod)"
rmmod io_pgtable_smmu_dirty
expect "io-pgtable-smmu-dirty can be unloaded" "$(lsmod)" lacks smmu_dirty "$(lsmod)"
