# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# A kernel with some patches of the series. The format may be built in, or a module that loads by itself.
. ./lib.sh

plan 5
wait_for 10 smmu_and_nvme_work
expect "SMMU and NVMe work" "loaded: $(lsmod | cut -d' ' -f1)" smmu_and_nvme_work
expect "nothing failed" "messages of failed probes: $(failed_probes | wc -l)" [ -z "$(failed_probes)" ]
dma_is_translated
io series 64
no_faults
