# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The deferral window closes (deferred_probe_timeout=1) and the module has not come.
. ./lib.sh

probe_failed() {
	has "failed with error -2" "$(smmu_messages)"
}

plan 9
wait_for 20 probe_failed
errors=$(smmu_messages | grep -E 'ARM_64_LPAE|failed with error')
expect "the SMMU's probe fails, naming the format" "$(echo "$errors" | head -n 1)" \
	has "ENOENT.*ARM_64_LPAE_S[12]" "$errors"
expect "the driver core has -ENOENT" "$(echo "$errors" | tail -n 1)" \
	has "failed with error -2" "$errors"
expect "the SMMU waits no more" "devices_deferred: '$(deferred)'" lacks smmuv3 "$(deferred)"
wait_for 5 nvme_is_ready
say "# the kernel's policy for the NVMe: $(nvme_is_ready && echo works without IOMMU || echo waits)"

# Later, by hand. The devices behind the SMMU have to be found anew to come under it.
modules_arrive
remove_pci_devices
modprobe io-pgtable-arm-lpae
echo "$smmu" >/sys/bus/platform/drivers_probe
expect "modprobe, then a re-probe: the SMMU works" "$(smmu_messages | tail -n 3 | grep ' oas ')" smmu_is_bound
rescan_pci
expect "the NVMe works" "after a rescan of the bus" nvme_is_ready
dma_works "loaded late"
no_faults
