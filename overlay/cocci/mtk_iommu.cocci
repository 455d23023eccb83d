// SPDX-License-Identifier: GPL-2.0-only
//
// mtk_iommu: pin the format in probe, return the cause if a table cannot be
// allocated, and declare a soft dependency for initramfs tools.

@ get_format exists @
identifier fn, pdev, dev, ret;
expression data;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  struct device *dev = &pdev->dev;
  ...
  data->plat_data = of_device_get_match_data(dev);
+
+ 	ret = devm_io_pgtable_get_default_format(dev, ARM_V7S);
+ 	if (ret)
+ 		return ret;
  ... when any
  ret = iommu_device_register(...);
  ... when any
  }

// The domain stays after a failure, so its pointer must not be an ERR_PTR.
@ alloc_errno @
identifier fn, dom, iop;
type T;
expression fmt, cfg, cookie, err;
@@
  int fn(T *dom, ...)
  {
+ 	struct io_pgtable_ops *ops;
  ...
- 	dom->iop = alloc_io_pgtable_ops(fmt, cfg, cookie);
- 	if (!dom->iop) {
+ 	ops = io_pgtable_alloc(fmt, cfg, cookie);
+ 	if (IS_ERR(ops)) {
  	...
- 	return err;
+ 	return PTR_ERR(ops);
  	}
+ 	dom->iop = ops;
  ...
  }

@ softdep @
declarer name MODULE_LICENSE;
declarer name MODULE_SOFTDEP;
expression license;
@@
+ MODULE_SOFTDEP("pre: io-pgtable-arm-v7s");
  MODULE_LICENSE(license);
