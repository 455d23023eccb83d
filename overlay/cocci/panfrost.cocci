// SPDX-License-Identifier: GPL-2.0-only
//
// panfrost: have the GPU's format while the driver is bound, hear why a table
// could not be made, and tell initramfs tools what to pack.

// Tables are made for each open file. That user space can open one before probe
// has returned is the reason to pin the format first: in probe a missing format
// is -EPROBE_DEFER, which is not for user space.
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

// The driver invalidates the GPU's TLB by range after all changes are made, and
// tlb_flush_walk does nothing. So breaking a block before its table is made would
// gain nothing, and the GPU would fault on the rest of the block and lose its job.
@ no_bbm @
expression cfg;
@@
  cfg = (struct io_pgtable_cfg) {
  	...
  };
+ 	cfg.quirks |= IO_PGTABLE_QUIRK_NO_BBM;

// Of several soft dependencies of one module, modprobe heeds the first only.
@ softdep @
declarer name MODULE_SOFTDEP;
@@
- MODULE_SOFTDEP("pre: governor_simpleondemand");
+ MODULE_SOFTDEP("pre: governor_simpleondemand io-pgtable-arm-mali-lpae");
