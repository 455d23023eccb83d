// SPDX-License-Identifier: GPL-2.0-only
//
// panthor: pin the GPU's format while the driver is bound, return the cause if a
// table cannot be allocated, and declare a soft dependency for initramfs tools.

// Probe makes the firmware's table, with the GPU powered. Ioctls make the tables of
// user space, possibly before probe has returned. During probe a missing format is
// -EPROBE_DEFER, which must not reach user space, so probe pins the format first.
@ get_format @
identifier fn, pdev, ptdev;
@@
  int fn(struct platform_device *pdev)
  {
  struct panthor_device *ptdev;
+ 	int ret;
+
+ 	ret = devm_io_pgtable_get_format(&pdev->dev, ARM_64_LPAE_S1);
+ 	if (ret)
+ 		return ret;
  ... when any
  return panthor_device_init(ptdev);
  }

// Some releases free the table at the label (7.3's qcom_iommu does), so the
// pointer must not be an ERR_PTR there.
@ alloc_errno @
identifier vm, pgtbl_ops, ret, out;
expression fmt, cfg, cookie, err;
@@
- vm->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!vm->pgtbl_ops) {
- 	ret = err;
+ vm->pgtbl_ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(vm->pgtbl_ops)) {
+ 	ret = PTR_ERR(vm->pgtbl_ops);
+ 	vm->pgtbl_ops = NULL;
  	goto out;
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

@ softdep @
declarer name MODULE_LICENSE;
declarer name MODULE_SOFTDEP;
expression license;
@@
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
  MODULE_LICENSE(license);
