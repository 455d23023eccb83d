// SPDX-License-Identifier: GPL-2.0-only
//
// panfrost: pin the GPU's format while the driver is bound, return the cause if a
// table cannot be allocated, and declare a soft dependency for initramfs tools.

// The driver makes a table for each open file. User space can open a file before
// probe has returned. During probe a missing format is -EPROBE_DEFER, which must not
// reach user space, so probe pins the format first.
@ get_format exists @
identifier fn, pdev, err;
expression data, nomem;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  data = devm_kzalloc(...);
  if (!data)
  	return nomem;
+
+ 	err = devm_io_pgtable_get_format(&pdev->dev, ARM_MALI_LPAE);
+ 	if (err)
+ 		return err;
  ... when any
  err = drm_dev_register(...);
  ... when any
  }

@ alloc_errno @
identifier mmu, pgtbl_ops;
expression fmt, cfg, cookie, old;
@@
- mmu->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!mmu->pgtbl_ops) {
+ mmu->pgtbl_ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(mmu->pgtbl_ops)) {
+ 	int err = PTR_ERR(mmu->pgtbl_ops);
+
  	kfree(mmu);
- 	return ERR_PTR(old);
+ 	return ERR_PTR(err);
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

// modprobe only uses the first soft dependency of a module.
@ softdep @
declarer name MODULE_SOFTDEP;
@@
- MODULE_SOFTDEP("pre: governor_simpleondemand");
+ MODULE_SOFTDEP("pre: governor_simpleondemand io-pgtable-arm-mali-lpae");
