/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between the kernels that the suites are for, 6.12 and 7.3 with what
 * comes after it: KUnit's interface, and what the suites expect of a format. The
 * formats' own compat.h is not asked: what comes of that is judged here.
 */
#ifndef __IO_PGTABLE_KUNIT_COMPAT_H
#define __IO_PGTABLE_KUNIT_COMPAT_H

#include <linux/module.h>
#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(7, 0, 0)

#define ON_6_12(...)		__VA_ARGS__
#define ON_7_3(...)
/* Rows of a table */
#define ROWS_ON_6_12(...)	__VA_ARGS__,
#define ROWS_ON_7_3(...)

/* The head of a generator of parameters. Ours do not look at the test. */
#define GEN_PARAMS(_name) \
	const void *(_name)(const void *prev, char *desc)
#define FIRST_PARAM(_gen, _desc)	((_gen)(NULL, _desc))

#define IMPORT_EXPORTED_FOR_KUNIT()	MODULE_IMPORT_NS(EXPORTED_FOR_KUNIT_TESTING)
#define IMPORT_IOMMUFD()		MODULE_IMPORT_NS(IOMMUFD)

/* Input address bits of stage 2, in struct arm_smmu_device */
#define STAGE2_IAS		ias

/* Only the driver itself makes a domain with IOMMU_HWPT_ALLOC_* flags. */
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
/* KUNIT_ARRAY_PARAM() writes to the test. */
#define FIRST_PARAM(_gen, _desc)	((_gen)(&(struct kunit){ }, NULL, _desc))

#define IMPORT_EXPORTED_FOR_KUNIT()	MODULE_IMPORT_NS("EXPORTED_FOR_KUNIT_TESTING")
#define IMPORT_IOMMUFD()		MODULE_IMPORT_NS("IOMMUFD")

/* As many as output address bits */
#define STAGE2_IAS		oas

#define compat_paging_domain_alloc	iommu_paging_domain_alloc_flags

#endif

/* Whether part of a block can be unmapped, in Arm's formats */
#define SPLITS_BLOCKS		(ON_6_12(true) ON_7_3(false))

#endif /* __IO_PGTABLE_KUNIT_COMPAT_H */
