// SPDX-License-Identifier: GPL-2.0-only
//
// arm-smmu-v3: pin the formats in probe, return the cause if a table cannot be
// allocated, implement tlb_add_range, set the contiguous hint, declare a soft
// dependency for initramfs tools, and refuse to reset an SMMU whose devices already
// do DMA without translation.

// Only a probe can wait for a missing format. A later error would permanently fail
// the whole SMMU, or a device behind it.
@ get_formats exists @
identifier fn, pdev, dev, ret, smmu;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  struct device *dev = &pdev->dev;
  ...
  ret = arm_smmu_device_hw_probe(smmu);
  if (ret)
  	return ret;
+
+ 	/* Pin the formats of this SMMU; wait for them if default domains translate */
+ 	if (smmu->features & ARM_SMMU_FEAT_TRANS_S1) {
+ 		ret = devm_io_pgtable_get_default_format(dev, ARM_64_LPAE_S1);
+ 		if (ret)
+ 			return ret;
+ 	}
+ 	if (smmu->features & ARM_SMMU_FEAT_TRANS_S2) {
+ 		ret = devm_io_pgtable_get_default_format(dev, ARM_64_LPAE_S2);
+ 		if (ret)
+ 			return ret;
+ 	}
+
+ 	/* The reset would cut off devices that work without translation */
+ 	ret = io_pgtable_check_masters(dev);
+ 	if (ret)
+ 		return ret;
  ... when any
  }

@ masters_header depends on get_formats @
@@
  #include "../../dma-iommu.h"
+ #include "../../io-pgtable/masters.h"

@ alloc_errno @
expression ops, fmt, cfg, cookie, err;
@@
- ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!ops)
- 	return err;
+ ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(ops))
+ 	return PTR_ERR(ops);

// The call for the first page sets the page size in the gather structure.
@ add_range @
@@
+ static void arm_smmu_tlb_inv_pages_nosync(struct iommu_iotlb_gather *gather,
+ 					  unsigned long iova, size_t size,
+ 					  size_t granule, void *cookie)
+ {
+ 	arm_smmu_tlb_inv_page_nosync(gather, iova, granule, cookie);
+ 	iommu_iotlb_gather_add_range(gather, iova, size);
+ }
+
  static const struct iommu_flush_ops arm_smmu_flush_ops = {
  	.tlb_add_page = arm_smmu_tlb_inv_page_nosync,
+ 	.tlb_add_range = arm_smmu_tlb_inv_pages_nosync,
  };

// A range that takes several commands is rounded out to contiguous groups. Each command then
// covers a multiple of a group, and no command ends inside a group.
@ keep_groups @
symbol iova, end, num_pages, num, scale, tg, granule;
@@
+ /* No command may end inside a contiguous group */
+ if (num_pages && num_pages >> __ffs(num_pages) > CMDQ_TLBI_RANGE_NUM_MAX) {
+ 	io_pgtable_round_to_groups(&iova, &end, tg, granule);
+ 	num_pages = max(num_pages, (end - iova) >> tg);
+ }
  while (iova < end) {
  	<+...
  	num_pages -= num << scale;
  	...+>
  }

// The format adds the page sizes of contiguous groups to pgsize_bitmap. The driver only
// uses the smallest page size, which does not change.
@ contiguous_param @
declarer name module_param, MODULE_PARM_DESC;
@@
  static struct iommu_dirty_ops arm_smmu_dirty_ops;
+
+ static char *contiguous_hint = "auto";
+ module_param(contiguous_hint, charp, 0444);
+ MODULE_PARM_DESC(contiguous_hint,
+ 	"Set the contiguous hint for groups of pages: auto (unless an erratum forbids it), on, off.");

@ contiguous_auto @
typedef bool, u32;
@@
+ static bool arm_smmu_sets_contiguous_hint(struct arm_smmu_device *smmu)
+ {
+ 	u32 iidr = readl_relaxed(smmu->base + ARM_SMMU_IIDR);
+ 	bool on;
+
+ 	if (!kstrtobool(contiguous_hint, &on))
+ 		return on;
+ 	if (strcmp(contiguous_hint, "auto"))
+ 		dev_warn_once(smmu->dev,
+ 			      "contiguous_hint=%s is not auto, on or off: auto is used\n",
+ 			      contiguous_hint);
+
+ 	/* Arm's errata: 3777127 of MMU-700 (0x487), 3673557 of MMU S3 (0x498) */
+ 	if (FIELD_GET(IIDR_IMPLEMENTER, iidr) != 0x43b)
+ 		return true;
+ 	iidr = FIELD_GET(IIDR_PRODUCTID, iidr);
+ 	return iidr != 0x487 && iidr != 0x498;
+ }
+
  static bool arm_smmu_dbm_capable(...)
  { ... }

@ contiguous @
identifier cfg;
symbol smmu;
@@
  cfg = (struct io_pgtable_cfg) {
  	...
  };
+ if (arm_smmu_sets_contiguous_hint(smmu))
+ 	cfg.quirks |= IO_PGTABLE_QUIRK_ARM_CONTIG;

@ softdep @
declarer name MODULE_ALIAS;
declarer name MODULE_SOFTDEP;
expression alias;
@@
  MODULE_ALIAS(alias);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
