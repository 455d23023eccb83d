// SPDX-License-Identifier: GPL-2.0-only
//
// qcom_iommu: pin the format in probe, return the cause if a table cannot be
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
  data->dev = dev;
+
+ 	ret = devm_io_pgtable_get_default_format(dev, ARM_32_LPAE_S1);
+ 	if (ret)
+ 		return ret;
  ... when any
  ret = iommu_device_register(...);
  ... when any
  }

// 7.3 frees the table at the label, so the pointer must not be an ERR_PTR there.
@ alloc_errno @
expression ops, fmt, cfg, cookie, err;
identifier ret, out;
@@
- ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- if (!ops) {
+ ops = io_pgtable_alloc(fmt, cfg, cookie);
+ if (IS_ERR(ops)) {
  	...
- 	ret = err;
+ 	ret = PTR_ERR(ops);
+ 	ops = NULL;
  	goto out;
  }

// Keeps alphabetical order, if the header that comes next is included.
@ header @
@@
+ #include <linux/module.h>
  #include <linux/mutex.h>

@ header_anywhere depends on !header @
@@
  #include <linux/io-pgtable.h>
+ #include <linux/module.h>

@ softdep @
declarer name device_initcall;
declarer name MODULE_SOFTDEP;
identifier init;
@@
  device_initcall(init);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
