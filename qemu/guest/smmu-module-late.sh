# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The SMMU driver's module is loaded after the deferral window has closed, while the NVMe works without the
# SMMU. page.sh has the commands of Documentation/administrators.rst for this case.
. ./lib.sh

plan 9
wait_for 20 nvme_is_ready
expect "the NVMe comes without IOMMU" "iommu_group/type $(group_type)" has "not behind" "$(group_type)"

modules_arrive
modprobe arm-smmu-v3
expect "modprobe arm-smmu-v3: the SMMU refuses" "$(smmu_messages | grep EBUSY)" smmu_is_unbound
io "after the refusal" 8

expect "the page's commands end well" "$(cat page.sh)" sh -e page.sh
expect "the page's commands: the SMMU works" "$(smmu_messages | tail -n 3 | grep ' oas ')" smmu_is_bound
wait_for 10 nvme_is_ready
dma_works "loaded late"
no_faults
