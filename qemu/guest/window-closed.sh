# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The deferral window closes (deferred_probe_timeout=1) before the module is loaded. Then the NVMe works
# without the SMMU. page.sh has the commands of Documentation/administrators.rst for this case. The guest's
# power-off is part of the test: if the SMMU were shut down before the NVMe, power-off would take a minute.
. ./lib.sh

probe_failed() {
	has "failed with error -2" "$(smmu_messages)"
}

nvme_troubles() {
	kernel_log | grep -E 'nvme.*(Disabling device|controller is down|I/O .*timeout|reset)'
}

plan 18
wait_for 20 probe_failed
errors=$(smmu_messages | grep -E 'ARM_64_LPAE|failed with error')
expect "the SMMU's probe fails, naming the format" "$(echo "$errors" | head -n 1)" \
	has "ENOENT.*ARM_64_LPAE_S[12]" "$errors"
expect "the driver core has -ENOENT" "$(echo "$errors" | tail -n 1)" \
	has "failed with error -2" "$errors"
expect "the SMMU waits no more" "devices_deferred: '$(deferred)'" lacks smmuv3 "$(deferred)"
wait_for 5 nvme_is_ready
expect "the NVMe comes without IOMMU" "iommu_group/type $(group_type)" has "not behind" "$(group_type)"
io "without IOMMU" 8

# The NVMe is bound, so the SMMU must not block its DMA.
modules_arrive
modprobe io-pgtable-arm-lpae
echo "$smmu" >/sys/bus/platform/drivers_probe
errors=$(smmu_messages | grep -E 'past this IOMMU|EBUSY')
expect "modprobe and a re-probe alone: the SMMU refuses" "$(echo "$errors" | tail -n 1)" smmu_is_unbound
expect "the log names the NVMe and its driver" "$(echo "$errors" | head -n 1)" \
	has "$nvme is bound to nvme" "$errors"
expect "the log says what to do" "$(echo "$errors" | tail -n 1)" has "EBUSY.*remove or unbind.*or reboot" "$errors"
io "after the refusal" 8
rmmod $format
expect "the refusal leaves no reference" "$(usage)" [ -z "$(references $format)" ]

expect "the page's commands end well" "$(cat page.sh)" sh -e page.sh
expect "the page's commands: the SMMU works" "$(smmu_messages | tail -n 3 | grep ' oas ')" smmu_is_bound
wait_for 10 nvme_is_ready
expect "the page's commands: the NVMe works" "$(kernel_log | grep 'nvme nvme0' | tail -n 1)" nvme_is_ready
dma_works "loaded late"
no_faults
expect "the NVMe lost no command" "$(nvme_troubles | head -n 1)" [ -z "$(nvme_troubles)" ]
