// SPDX-License-Identifier: GPL-2.0-only
//
// arm-smmu (v1, v2, and the implementations of qcom and nvidia): pin the formats
// in probe, return the cause if a table cannot be allocated, implement
// tlb_add_range, set the contiguous hint, declare a soft dependency for initramfs
// tools, and refuse to reset an SMMU whose devices already do DMA without
// translation.

// The ID registers determine the possible formats. Reading them needs the clocks.
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
+ 		/* The probe may be deferred: disable the clocks */
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
+ 	/* Pin the format; wait for it if default domains translate */
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
+ 	/* Formats that arm_smmu_init_domain_context() may choose */
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

// With disable_bypass=0, devices without a domain can still do DMA after the reset.
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

// Some releases free the table at the label (7.3's qcom_iommu does), so the
// pointer must not be an ERR_PTR there.
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

// The driver already invalidates a range page by page. For stage 2 of version 1 it
// always invalidates everything, so one call per range is enough.
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

// The format adds the page sizes of contiguous groups to pgsize_bitmap.
@ contiguous_param @
declarer name module_param, MODULE_PARM_DESC;
expression bypass;
@@
+ static char *contiguous_hint = "auto";
+ module_param(contiguous_hint, charp, 0444);
+ MODULE_PARM_DESC(contiguous_hint,
+ 	"Set the contiguous hint for groups of pages: auto (where it is known to work), on, off.");
+
  static bool disable_bypass = bypass;

// Short descriptors have no contiguous hint. The hint is not set for an SMMU of a GPU: an
// unmap of part of a group makes the rest of the group fault for a moment, and the GPU would
// lose its job.
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
+ 	/* A fault ends the job of a GPU */
+ 	if (of_device_is_compatible(np, "qcom,adreno-smmu"))
+ 		return false;
+ 	/* An erratum limits these SMMUs to single pages */
+ 	if (of_device_is_compatible(np, "nvidia,tegra194-smmu"))
+ 		return false;
+ 	if (of_device_is_compatible(np, "nvidia,tegra234-smmu"))
+ 		return false;
+ 	return smmu->model == ARM_MMU500 || smmu->model == QCOM_SMMUV2;
+ }
+
  int fn(struct arm_smmu_domain *domain, ...)
  { ... }

// Only 32-bit kernels use short descriptors, and only for some SMMUs. So their module
// is packed by initramfs tools, but only loaded on request.
@ softdep @
declarer name MODULE_ALIAS;
declarer name MODULE_SOFTDEP, MODULE_WEAKDEP;
expression alias;
@@
  MODULE_ALIAS(alias);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
+ MODULE_WEAKDEP("io-pgtable-arm-v7s");
