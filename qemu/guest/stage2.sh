# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# The SMMU has only stage 2, so the default domain is a stage-2 table.
. ./lib.sh

plan 6
wait_for 10 smmu_and_nvme_work
expect "SMMU and NVMe work" "loaded: $(lsmod | cut -d' ' -f1)" smmu_and_nvme_work
# The bits are ARM_SMMU_FEAT_TRANS_S1 and _S2 of the driver's header.
features=$(kernel_log | sed -nE 's/.*smmuv3: .*features (0x[0-9a-f]+).*/\1/p')
expect "the SMMU has stage 2 and no stage 1" "features $features" \
	[ $((features & (1 << 9 | 1 << 10))) = $((1 << 10)) ]
dma_works "stage 2"
no_faults
