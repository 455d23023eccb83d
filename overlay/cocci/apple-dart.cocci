// SPDX-License-Identifier: GPL-2.0-only
//
// apple-dart: have the format before anything is built on it, hear why a table
// could not be made, and tell initramfs tools what to pack.

@ get_format exists @
identifier fn, pdev, dev, ret, dart;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  struct device *dev = &pdev->dev;
  ...
  dart->hw = of_device_get_match_data(dev);
  spin_lock_init(&dart->lock);
+
+ 	ret = devm_io_pgtable_get_format(dev, dart->hw->fmt);
+ 	if (ret)
+ 		return ret;
  ... when any
  ret = iommu_device_register(...);
  ... when any
  }

// The domain is freed with whatever its pointer is: never an error.
@ alloc_errno @
identifier fn, domain, pgtbl_ops, ret, out;
type T;
expression fmt, cfg, cookie;
@@
  int fn(T *domain, ...)
  {
+ 	struct io_pgtable_ops *ops;
  ...
- 	domain->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- 	if (!domain->pgtbl_ops) {
- 		ret = -ENOMEM;
+ 	ops = io_pgtable_alloc(fmt, cfg, cookie);
+ 	if (IS_ERR(ops)) {
+ 		ret = PTR_ERR(ops);
  		goto out;
  	}
+ 	domain->pgtbl_ops = ops;
  ...
  }

@ softdep @
declarer name MODULE_LICENSE;
declarer name MODULE_SOFTDEP;
expression license;
@@
+ MODULE_SOFTDEP("pre: io-pgtable-dart");
  MODULE_LICENSE(license);
