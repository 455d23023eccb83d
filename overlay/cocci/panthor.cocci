// SPDX-License-Identifier: GPL-2.0-only
//
// panthor: have the GPU's format while the driver is bound, hear why a table
// could not be made, and tell initramfs tools what to pack.

// The firmware's table is made in probe, when the GPU is powered; those of user
// space in ioctls, which can come before probe has returned. In probe a missing
// format is -EPROBE_DEFER, which is not for user space: pin it first.
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

// A release may free the table at the label (7.3's qcom_iommu does), so the
// pointer must not be an error there.
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

@ softdep @
declarer name MODULE_LICENSE;
declarer name MODULE_SOFTDEP;
expression license;
@@
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
  MODULE_LICENSE(license);
