/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What depends on the kernel's version: KUnit's interface, and what the suites expect of a format.
 * In a kernel tree, only the lines for that kernel are left. The suites do not use the formats'
 * own compat.h, since they have to judge the result of that, too.
 */
#ifndef __IO_PGTABLE_KUNIT_COMPAT_H
#define __IO_PGTABLE_KUNIT_COMPAT_H

#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)

#define ON_6_12(...)		__VA_ARGS__
#define ON_7_3(...)
/* Rows of an array, for one kernel only */
#define ROWS_ON_6_12(...)	__VA_ARGS__,
#define ROWS_ON_7_3(...)

/* Declares a generator of parameters. The suites' generators ignore @test, which 6.12 lacks. */
#define GEN_PARAMS(_name) \
	const void *(_name)(const void *prev, char *desc)
#define FIRST_PARAM(_gen, _desc)	((_gen)(NULL, _desc))

#define IMPORT_EXPORTED_FOR_KUNIT()	MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#define IMPORT_IOMMUFD()		MODULE_IMPORT_NS(IOMMUFD)

/* The member of struct arm_smmu_device that holds the number of input address bits of stage 2 */
#define STAGE2_IAS		ias

/* In 6.12, domains with IOMMU_HWPT_ALLOC_* flags can only be allocated through the driver's ops. */
#define compat_paging_domain_alloc(_dev, _flags)				\
({										\
	struct device *_device = (_dev);					\
	const struct iommu_ops *_ops = dev_iommu_ops(_device);			\
	struct iommu_domain *_domain;						\
										\
	_domain = _ops->domain_alloc_user(_device, _flags, NULL, NULL);		\
	if (!IS_ERR(_domain))							\
		_domain->owner = _ops;						\
	_domain;								\
})

#else

#define ON_6_12(...)
#define ON_7_3(...)		__VA_ARGS__
#define ROWS_ON_6_12(...)
#define ROWS_ON_7_3(...)	__VA_ARGS__,

#define GEN_PARAMS(_name) \
	const void *(_name)(struct kunit *test, const void *prev, char *desc)
/* The generator of KUNIT_ARRAY_PARAM() writes to @test. */
#define FIRST_PARAM(_gen, _desc)	((_gen)(&(struct kunit){ }, NULL, _desc))

#define IMPORT_EXPORTED_FOR_KUNIT()	MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#define IMPORT_IOMMUFD()		MODULE_IMPORT_NS("IOMMUFD")

/* Stage 2 has as many input address bits as output address bits. */
#define STAGE2_IAS		oas

#define compat_paging_domain_alloc	iommu_paging_domain_alloc_flags

#endif

/* Whether Arm's formats can unmap part of a block */
#define SPLITS_BLOCKS		(ON_6_12(true) ON_7_3(false))

#endif /* __IO_PGTABLE_KUNIT_COMPAT_H */
