// SPDX-License-Identifier: GPL-2.0-only
//
// arm-smmu (v1, v2, and the implementations of qcom and nvidia): have the
// formats before anything is built on them, hear why a table could not be made,
// hear of pages that are gone by ranges, set the contiguous hint, tell initramfs
// tools what to pack, and refuse to cut off devices that already work without
// the SMMU.

// The ID registers say which formats there can be. They need the clocks.
@ get_formats exists @
identifier fn, pdev, smmu, err;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  err = clk_bulk_prepare_enable(...);
  ...
  err = arm_smmu_device_cfg_probe(smmu);
  if (err)
  	return err;
+
+ 	err = arm_smmu_get_formats(smmu);
+ 	if (err) {
+ 		/* Probe comes back if the format does: leave no clock on */
+ 		clk_bulk_disable_unprepare(smmu->num_clks, smmu->clks);
+ 		return err;
+ 	}
  ... when any
  err = iommu_device_register(...);
  ... when any
  }

@ one_format depends on get_formats @
identifier get_formats.fn, pdev;
@@
+ static int arm_smmu_get_format(struct arm_smmu_device *smmu,
+ 			       enum io_pgtable_fmt fmt)
+ {
+ 	/* Pin it; wait for it if default domains translate */
+ 	if (using_legacy_binding)
+ 		return devm_io_pgtable_get_format_optional(smmu->dev, fmt);
+ 	return devm_io_pgtable_get_default_format(smmu->dev, fmt);
+ }
+
  int fn(struct platform_device *pdev) { ... }

@ formats_of_features depends on get_formats @
identifier get_formats.fn, pdev;
@@
+ static int arm_smmu_get_formats(struct arm_smmu_device *smmu)
+ {
+ 	bool long_only = IS_ENABLED(CONFIG_64BIT) || IS_ENABLED(CONFIG_ARM_LPAE);
+ 	enum io_pgtable_fmt s1 = ARM_32_LPAE_S1, s2 = ARM_32_LPAE_S2;
+ 	u32 aarch32 = smmu->features & ARM_SMMU_FEAT_FMT_AARCH32_L;
+ 	u32 aarch64 = ARM_SMMU_FEAT_FMT_AARCH64_64K;
+ 	int ret = 0;
+
+ 	aarch64 |= ARM_SMMU_FEAT_FMT_AARCH64_16K;
+ 	aarch64 |= ARM_SMMU_FEAT_FMT_AARCH64_4K;
+ 	aarch64 &= smmu->features;
+
+ 	/* What arm_smmu_init_domain_context() may choose */
+ 	if (IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_ARMV7S) && !long_only)
+ 		if (smmu->features & ARM_SMMU_FEAT_FMT_AARCH32_S)
+ 			s1 = ARM_V7S;
+ 	if (aarch64 && (IS_ENABLED(CONFIG_64BIT) || !aarch32)) {
+ 		s1 = ARM_64_LPAE_S1;
+ 		s2 = ARM_64_LPAE_S2;
+ 	}
+
+ 	if (smmu->features & ARM_SMMU_FEAT_TRANS_S1)
+ 		ret = arm_smmu_get_format(smmu, s1);
+ 	if (!ret && (smmu->features & ARM_SMMU_FEAT_TRANS_S2))
+ 		ret = arm_smmu_get_format(smmu, s2);
+ 	return ret;
+ }
+
  int fn(struct platform_device *pdev) { ... }

// With disable_bypass=0 devices without a domain keep their DMA.
@ bound_masters depends on get_formats @
expression err, smmu;
@@
  err = arm_smmu_get_formats(smmu);
+ if (!err && disable_bypass)
+ 	err = io_pgtable_check_masters(smmu->dev);

@ masters_header depends on bound_masters @
@@
  #include "../../dma-iommu.h"
+ #include "../../io-pgtable/masters.h"

// A release may free the table at the label (7.3's qcom_iommu does), so the
// pointer must not be an error there.
@ alloc_errno @
expression ops, fmt, cfg, cookie, err;
identifier ret, out;
@@
- ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!ops) {
- 	ret = err;
+ ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(ops)) {
+ 	ret = PTR_ERR(ops);
+ 	ops = NULL;
  	goto out;
  }

// Invalidation is by page anyway, and of version 1's stage 2 always of everything:
// once will do.
@ add_range_s1 @
@@
+ static void arm_smmu_tlb_add_range_s1(struct iommu_iotlb_gather *gather,
+ 				      unsigned long iova, size_t size,
+ 				      size_t granule, void *cookie)
+ {
+ 	arm_smmu_tlb_inv_range_s1(iova, size, granule, cookie,
+ 				  ARM_SMMU_CB_S1_TLBIVAL);
+ }
+
  static const struct iommu_flush_ops arm_smmu_s1_tlb_ops = {
  	.tlb_add_page = arm_smmu_tlb_add_page_s1,
+ 	.tlb_add_range = arm_smmu_tlb_add_range_s1,
  };

@ add_range_s2 @
@@
+ static void arm_smmu_tlb_add_range_s2(struct iommu_iotlb_gather *gather,
+ 				      unsigned long iova, size_t size,
+ 				      size_t granule, void *cookie)
+ {
+ 	arm_smmu_tlb_inv_range_s2(iova, size, granule, cookie,
+ 				  ARM_SMMU_CB_S2_TLBIIPAS2L);
+ }
+
  static const struct iommu_flush_ops arm_smmu_s2_tlb_ops_v2 = {
  	.tlb_add_page = arm_smmu_tlb_add_page_s2,
+ 	.tlb_add_range = arm_smmu_tlb_add_range_s2,
  };

@ add_range_s2_v1 @
@@
+ static void arm_smmu_tlb_add_range_s2_v1(struct iommu_iotlb_gather *gather,
+ 					 unsigned long iova, size_t size,
+ 					 size_t granule, void *cookie)
+ {
+ 	arm_smmu_tlb_add_page_s2_v1(gather, iova, granule, cookie);
+ }
+
  static const struct iommu_flush_ops arm_smmu_s2_tlb_ops_v1 = {
  	.tlb_add_page = arm_smmu_tlb_add_page_s2_v1,
+ 	.tlb_add_range = arm_smmu_tlb_add_range_s2_v1,
  };

// Page sizes that only the hint adds come back in pgsize_bitmap.
@ contiguous_param @
declarer name module_param, MODULE_PARM_DESC;
expression bypass;
@@
+ static char *contiguous_hint = "auto";
+ module_param(contiguous_hint, charp, 0444);
+ MODULE_PARM_DESC(contiguous_hint,
+ 	"Let TLBs hold adjacent pages as one entry: auto (where it is known to work), on, off.");
+
  static bool disable_bypass = bypass;

// Short descriptors have no hint. An SMMU of a GPU does without: when part of a group is
// unmapped the rest of it faults for a moment, and the GPU would lose its job.
@ contiguous exists @
identifier fn, cfg;
symbol smmu, fmt;
@@
  fn(...)
  {
  ...
  cfg = (struct io_pgtable_cfg) {
  	...
  };
+ if (fmt != ARM_V7S && arm_smmu_sets_contiguous_hint(smmu))
+ 	cfg.quirks |= IO_PGTABLE_QUIRK_ARM_CONTIG;
  ...
  }

@ contiguous_auto depends on contiguous @
identifier contiguous.fn, domain;
typedef bool;
@@
+ static bool arm_smmu_sets_contiguous_hint(struct arm_smmu_device *smmu)
+ {
+ 	struct device_node *np = smmu->dev->of_node;
+ 	bool on;
+
+ 	if (!kstrtobool(contiguous_hint, &on))
+ 		return on;
+ 	if (strcmp(contiguous_hint, "auto"))
+ 		dev_warn_once(smmu->dev,
+ 			      "contiguous_hint=%s is not auto, on or off: auto is used\n",
+ 			      contiguous_hint);
+
+ 	/* A GPU loses its job when it faults */
+ 	if (of_device_is_compatible(np, "qcom,adreno-smmu"))
+ 		return false;
+ 	/* An erratum limits these to single pages */
+ 	if (of_device_is_compatible(np, "nvidia,tegra194-smmu"))
+ 		return false;
+ 	if (of_device_is_compatible(np, "nvidia,tegra234-smmu"))
+ 		return false;
+ 	return smmu->model == ARM_MMU500 || smmu->model == QCOM_SMMUV2;
+ }
+
  int fn(struct arm_smmu_domain *domain, ...)
  { ... }

// The short descriptors are for 32-bit kernels and not for all SMMUs there: to be
// packed, but not to be loaded before they are asked for.
@ softdep @
declarer name MODULE_ALIAS;
declarer name MODULE_SOFTDEP, MODULE_WEAKDEP;
expression alias;
@@
  MODULE_ALIAS(alias);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
+ MODULE_WEAKDEP("io-pgtable-arm-v7s");
