// SPDX-License-Identifier: GPL-2.0-only
//
// ipmmu-vmsa: pin the format in probe, return the cause if a table cannot be
// allocated, and declare a soft dependency for initramfs tools.

@ get_format exists @
identifier fn, pdev, ret;
expression data, err;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  data = devm_kzalloc(...);
  if (!data) { ... return err; }
+
+ 	ret = devm_io_pgtable_get_default_format(&pdev->dev, ARM_32_LPAE_S1);
+ 	if (ret)
+ 		return ret;
  ... when any
  ret = iommu_device_register(...);
  ... when any
  }

// Freeing the domain frees the table by this pointer, so it must not be an ERR_PTR.
@ alloc_errno @
identifier fn, domain, iop, ret;
type T;
expression fmt, cfg, cookie, err;
@@
  int fn(T *domain)
  {
+ 	struct io_pgtable_ops *ops;
  	int ret;
  ...
- 	domain->iop = alloc_io_pgtable_ops(fmt, cfg, cookie);
- 	if (!domain->iop) {
+ 	ops = io_pgtable_alloc(fmt, cfg, cookie);
+ 	if (IS_ERR(ops)) {
  	...
- 	return err;
+ 	return PTR_ERR(ops);
  	}
+ 	domain->iop = ops;
  ...
  }

// Keeps alphabetical order, if the header that comes next is included.
@ header @
@@
+ #include <linux/module.h>
  #include <linux/of.h>

@ header_anywhere depends on !header @
@@
  #include <linux/io-pgtable.h>
+ #include <linux/module.h>

@ softdep @
declarer name builtin_platform_driver;
declarer name MODULE_SOFTDEP;
identifier driver;
@@
  builtin_platform_driver(driver);
+ MODULE_SOFTDEP("pre: io-pgtable-arm-lpae");
