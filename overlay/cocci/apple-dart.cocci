// SPDX-License-Identifier: GPL-2.0-only
//
// apple-dart: pin the format in probe, return the cause if a table cannot be
// allocated, declare a soft dependency for initramfs tools, and refuse to reset a
// DART whose devices already do DMA without translation.

// The DART determines whether the default domains of its devices translate.
@ get_format exists @
identifier fn, pdev, dev, ret, dart, out;
expression bypass;
@@
  int fn(struct platform_device *pdev)
  {
  ...
  struct device *dev = &pdev->dev;
  ...
  dart->supports_bypass = bypass;
+
+ 	ret = apple_dart_get_format(dart);
+ 	if (ret)
+ 		goto out;
+
+ 	/* The reset would cut off devices that work without translation */
+ 	ret = io_pgtable_check_masters(dev);
+ 	if (ret)
+ 		goto out;
  ... when any
  ret = apple_dart_hw_reset(dart);
  if (ret)
  	goto out;
  ... when any
  ret = iommu_device_register(...);
  ... when any
  }

@ format_of_dart depends on get_format @
identifier get_format.fn, pdev;
@@
+ static int apple_dart_get_format(struct apple_dart *dart)
+ {
+ 	enum io_pgtable_fmt fmt = dart->hw->fmt;
+
+ 	/* Pin the format; wait for it if default domains translate */
+ 	if (dart->pgsize > PAGE_SIZE)
+ 		return devm_io_pgtable_get_format_optional(dart->dev, fmt);
+ 	if (dart->supports_bypass)
+ 		return devm_io_pgtable_get_default_format(dart->dev, fmt);
+ 	return devm_io_pgtable_get_format(dart->dev, fmt);
+ }
+
  int fn(struct platform_device *pdev) { ... }

@ masters_header depends on get_format @
@@
  #include "dma-iommu.h"
+ #include "io-pgtable/masters.h"

// Freeing the domain frees the table by this pointer, so it must not be an ERR_PTR.
@ alloc_errno @
identifier fn, domain, pgtbl_ops, ret, out;
type T;
expression fmt, cfg, cookie, err;
@@
  int fn(T *domain, ...)
  {
+ 	struct io_pgtable_ops *ops;
  ...
- 	domain->pgtbl_ops = alloc_io_pgtable_ops(fmt, cfg, cookie);
- 	if (!domain->pgtbl_ops) {
- 		ret = err;
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
+ MODULE_SOFTDEP("pre: io-pgtable-apple-dart");
  MODULE_LICENSE(license);
