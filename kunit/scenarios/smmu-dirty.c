// SPDX-License-Identifier: GPL-2.0-only
/*
 * While this module is loaded, arm-smmu-v3 assumes that the SMMU has dirty tracking, which QEMU's
 * SMMU does not have. So iommufd can make page tables with dirty tracking. These must not be
 * attached to a device.
 */
#include <linux/iommu.h>
#include <linux/module.h>
#include <linux/pci.h>

#include "../../../arm/arm-smmu-v3/arm-smmu-v3.h"

/* QEMU, docs/specs/edu.rst */
#define EDU_VENDOR	0x1234
#define EDU_DEVICE	0x11e8

static struct arm_smmu_device *smmu;
static struct pci_dev *edu;
static u32 features;

static int __init smmu_dirty_init(void)
{
	struct arm_smmu_master *master;

	edu = pci_get_device(EDU_VENDOR, EDU_DEVICE, NULL);
	master = edu ? dev_iommu_priv_get(&edu->dev) : NULL;
	if (!master) {
		pci_dev_put(edu);
		return -ENODEV;
	}
	smmu = master->smmu;
	features = smmu->features;
	smmu->features |= ARM_SMMU_FEAT_HD;
	return 0;
}
module_init(smmu_dirty_init);

static void __exit smmu_dirty_exit(void)
{
	smmu->features = features;
	pci_dev_put(edu);
}
module_exit(smmu_dirty_exit);

MODULE_DESCRIPTION("Claims dirty tracking for QEMU's SMMUv3");
MODULE_LICENSE("GPL");
