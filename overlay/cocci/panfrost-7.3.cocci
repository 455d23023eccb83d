// SPDX-License-Identifier: GPL-2.0-only
//
// panfrost, 7.3: as panfrost.cocci for 6.12. In addition, some GPUs use the format
// of Arm's CPUs. The driver knows the format once it has identified the device.

@ get_format exists @
identifier fn, pdev, pfdev, err;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  err = panfrost_device_init(pfdev);
  ... when any
  }

@ @
identifier get_format.fn, get_format.pdev, get_format.pfdev, get_format.err;
@@
  int fn(struct platform_device *pdev)
  {
  ... when any
  if (!pfdev->comp)
  	return -ENODEV;
+
+ 	if (pfdev->comp->gpu_quirks & BIT(GPU_QUIRK_FORCE_AARCH64_PGTABLE))
+ 		err = devm_io_pgtable_get_format(&pdev->dev, ARM_64_LPAE_S1);
+ 	else
+ 		err = devm_io_pgtable_get_format(&pdev->dev, ARM_MALI_LPAE);
+ 	if (err)
+ 		return err;
  ... when any
  }

// Some releases free the table at the label (7.3's qcom_iommu does), so the
// pointer must not be an ERR_PTR there.
@ alloc_errno @
identifier mmu, pgtbl_ops, ret;
expression fmt, cfg, cookie, err;
@@
- mmu->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!mmu->pgtbl_ops) {
- 	ret = err;
+ mmu->pgtbl_ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(mmu->pgtbl_ops)) {
+ 	ret = PTR_ERR(mmu->pgtbl_ops);
+ 	mmu->pgtbl_ops = NULL;
  	...
  }

// The driver invalidates the GPU's TLB by range after all changes, and its
// tlb_flush_walk does nothing. So break-before-make for a block would gain nothing,
// and the GPU would fault on the rest of the block and lose its job.
@ no_bbm @
expression cfg;
@@
  cfg = (struct io_pgtable_cfg) {
  	...
  };
+ 	cfg.quirks |= IO_PGTABLE_QUIRK_NO_BBM;

// modprobe only uses the first soft dependency of a module. Few GPUs need the other
// format, so its module is loaded on request.
@ softdep @
declarer name MODULE_SOFTDEP, MODULE_WEAKDEP;
@@
- MODULE_SOFTDEP("pre: governor_simpleondemand");
+ MODULE_SOFTDEP("pre: governor_simpleondemand io-pgtable-arm-mali-lpae");
+ MODULE_WEAKDEP("io-pgtable-arm-lpae");
