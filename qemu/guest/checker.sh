# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The checker is loaded while the NVMe works, and checks the NVMe's next table. Then a device gets a table
# of an implementation that omits an invalidation, and the checker reports the fault. At the end, all these
# modules are unloaded.
. ./lib.sh
. ./consumers-lib.sh

device=consumer-lpae-s1
checker=/sys/module/io_pgtable_check/parameters

reports() {
	cat $checker/reports
}

report() {
	kernel_log | sed -n 's/^.*io-pgtable-check: //p' | tr '\n' ' '
}

nvme_comes_back() {
	remove_pci_devices && rescan_pci
}

# Binds and unbinds the device: a table is allocated and freed.
consumer_comes_and_goes() {
	echo $device >$driver/bind && echo $device >$driver/unbind
}

plan 23

wait_for 10 smmu_and_nvme_work
expect "SMMU and NVMe work" "loaded: $(lsmod | cut -d' ' -f1)" smmu_and_nvme_work

# --- loaded
modprobe io-pgtable-check
expect "the checker is loaded: tables that are there are left alone" \
	"references: $(references io_pgtable_check)" [ "$(references io_pgtable_check)" = 0 ]
nvme_comes_back
expect "the NVMe's next table is checked" "references: $(references io_pgtable_check)" \
	[ "$(references io_pgtable_check)" -ge 1 ]
dma_works "checked"
message=$(rmmod io_pgtable_check 2>&1)
expect "rmmod of the checker is refused while it checks" "$message" has "is in use" "$message"
expect "nothing is reported" "reports: $(reports)" [ "$(reports)" = 0 ]

# --- a fault
modprobe io-pgtable-consumer
expect "$device gets a table" "bound: $(cd $driver && echo consumer-*)" bound $device
echo $device >$driver/unbind
modprobe io-pgtable-faulty
consumer_comes_and_goes
expect "a better implementation makes the next one, without a fault: nothing is reported" \
	"reports: $(reports)" [ "$(reports)" = 0 ]
echo tell-nothing >/sys/module/io_pgtable_faulty/parameters/fault
consumer_comes_and_goes
expect "it forgets an invalidation: reported, once" "reports: $(reports)" [ "$(reports)" = 1 ]
expect "with driver, device, format" "$(report)" \
	has "stale: io-pgtable-consumer $device: ARM_64_LPAE_S1: iova 0x101000 to 0x101fff" "$(report)"
expect "with the call" "$(report)" has "unmap_pages(iova 0x101000, pgsize 0x1000, pgcount 1)" "$(report)"
expect "with the stack" "$(kernel_log | grep -A 12 'Call trace' | grep -E 'check_unmap|unmap_one')" \
	has "unmap_one_page.*io_pgtable_consumer" "$(kernel_log)"
io "meanwhile the NVMe works" 8
echo none >/sys/module/io_pgtable_faulty/parameters/fault
consumer_comes_and_goes
expect "without the fault there are no more reports" "reports: $(reports)" [ "$(reports)" = 1 ]

# --- unloaded
rmmod io_pgtable_consumer
rmmod io_pgtable_faulty
expect "no device has its tables: the implementation with the fault is unloaded" \
	"loaded: $(lsmod | cut -d' ' -f1)" lacks io_pgtable_faulty "$(lsmod)"
remove_pci_devices
rmmod io_pgtable_check
expect "no device has a checked table: the checker is unloaded" "loaded: $(lsmod | cut -d' ' -f1)" lacks io_pgtable_check "$(lsmod)"
rescan_pci
expect "the NVMe is back" "iommu_group/type $(group_type)" nvme_is_ready
dma_works "no more checks"
no_faults
