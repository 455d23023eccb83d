/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io-pgtable, the providers' side: how a page table format, built in or a
 * module, makes itself known to the core.
 */
#ifndef __IO_PGTABLE_FORMAT_H
#define __IO_PGTABLE_FORMAT_H

#include <linux/atomic.h>
#include <linux/io-pgtable.h>
#include <linux/module.h>

/**
 * enum io_pgtable_caps - what a format can do beyond the minimum
 * @IO_PGTABLE_CAP_CUSTOM_ALLOCATOR: it honours &io_pgtable_cfg.alloc and free.
 */
enum io_pgtable_caps {
	IO_PGTABLE_CAP_CUSTOM_ALLOCATOR = BIT(0),
};

/**
 * struct io_pgtable_init_fns - makes and destroys tables of a format
 * @alloc: make an empty table as @cfg says, write back to @cfg what was chosen
 *	and the register values. The core fills in fmt, format, cookie and cfg of
 *	what comes back. May sleep. Return: the table, or ERR_PTR. NULL is for
 *	formats written for the kernel's own core, which return it whatever the
 *	cause. It counts as -ENOMEM: their drivers return that, and -EINVAL would
 *	tell the IOMMU core to try another domain.
 * @free: destroy a table that no walker uses any more.
 * @caps: bits of &enum io_pgtable_caps.
 */
struct io_pgtable_init_fns {
	struct io_pgtable *(*alloc)(struct io_pgtable_cfg *cfg, void *cookie);
	void (*free)(struct io_pgtable *iop);
	u32 caps;
};

/**
 * struct io_pgtable_format - a format in the registry
 * @fmt: its number
 * @fns: its functions; several formats may share them
 *
 * Must stay where it is while it is registered. One of these is in the registry
 * once at a time.
 */
struct io_pgtable_format {
	enum io_pgtable_fmt			fmt;
	const struct io_pgtable_init_fns	*fns;
	/* private: the core's */
	struct module				*owner;
	atomic_t				pins;
};

int __io_pgtable_register_formats(struct io_pgtable_format *formats, size_t n,
				  struct module *owner);
int io_pgtable_unregister_formats(struct io_pgtable_format *formats, size_t n);

/**
 * io_pgtable_register_formats() - add formats to the registry, all or none
 * @formats: array of formats
 * @n: how many
 *
 * As __io_pgtable_register_formats(), for the module that calls it.
 */
#define io_pgtable_register_formats(formats, n) \
	__io_pgtable_register_formats(formats, n, THIS_MODULE)

/**
 * module_io_pgtable_formats() - the init and exit of a module that is formats
 * @__formats: array of &struct io_pgtable_format
 *
 * Built in, the formats register before device drivers probe. A module that has
 * other things to set up does so in its own init, and registers last: a format
 * can be pinned from that moment on, and an init that fails after it would take
 * the code away from under its users.
 */
#define module_io_pgtable_formats(__formats)				\
static struct io_pgtable_format *const __formats##_first = (__formats);	\
static const size_t __formats##_num =					\
	sizeof(__formats) / sizeof(struct io_pgtable_format);		\
static int __init __formats##_init(void)				\
{									\
	return io_pgtable_register_formats(__formats##_first,		\
					   __formats##_num);		\
}									\
subsys_initcall(__formats##_init);					\
static void __exit __formats##_exit(void)				\
{									\
	io_pgtable_unregister_formats(__formats##_first, __formats##_num);\
}									\
module_exit(__formats##_exit)

/**
 * MODULE_ALIAS_IO_PGTABLE() - the alias by which the core asks for a format
 * @__fmt: its enumerator in &enum io_pgtable_fmt, as "ARM_64_LPAE_S1"
 *
 * One for each format that the module registers.
 */
#define MODULE_ALIAS_IO_PGTABLE(__fmt) MODULE_ALIAS("io-pgtable-" #__fmt)

void *io_pgtable_alloc_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			     size_t size, gfp_t gfp);
void io_pgtable_free_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			   void *pages, size_t size);

#endif /* __IO_PGTABLE_FORMAT_H */
