/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * io-pgtable, the providers' side: how a page table format, built in or a
 * module, makes itself known to the core.
 */
#ifndef __IO_PGTABLE_FORMAT_H
#define __IO_PGTABLE_FORMAT_H

#include <linux/atomic.h>
#include <linux/io-pgtable.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/module.h>

/**
 * enum io_pgtable_caps - what a format can do beyond the minimum
 * @IO_PGTABLE_CAP_CUSTOM_ALLOCATOR: it honours &io_pgtable_cfg.alloc and free.
 */
enum io_pgtable_caps {
	IO_PGTABLE_CAP_CUSTOM_ALLOCATOR = BIT(0),
};

struct io_pgtable_format;
struct io_pgtable_inspect;

/**
 * struct io_pgtable_below - what an implementation builds on
 * @format: the next best implementation of the format that a table is made of
 * @fmt: the format's number, or %IO_PGTABLE_NUM_FMTS
 * @name: its name, "ARM_64_LPAE_S1" for example, or "vendor,format"
 */
struct io_pgtable_below {
	struct io_pgtable_format	*format;
	enum io_pgtable_fmt		fmt;
	const char			*name;
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
 * @format_cfg_size: size of the struct behind &io_pgtable_cfg.format_cfg, in bytes; 0 if
 *	the format has none. The core compares it with &io_pgtable_cfg.format_cfg_size.
 * @alloc_over: in place of @alloc, for an implementation that builds on the next best
 *	one. It allocates that one's table with io_pgtable_alloc_below(), if any, and
 *	frees it in @free. @below is valid until it returns. Return: as @alloc; NULL to
 *	leave this table to the implementation below.
 * @inspect: looks into its tables, for debugfs. Optional: without it, debugfs asks for
 *	translations.
 * @below: of an implementation with @alloc_over: the table that @iop builds on. Optional:
 *	with it, debugfs shows that table.
 */
struct io_pgtable_init_fns {
	struct io_pgtable *(*alloc)(struct io_pgtable_cfg *cfg, void *cookie);
	void (*free)(struct io_pgtable *iop);
	u32 caps;
	size_t format_cfg_size;
	struct io_pgtable *(*alloc_over)(const struct io_pgtable_below *below,
					 struct io_pgtable_cfg *cfg, void *cookie);
	const struct io_pgtable_inspect *inspect;
	struct io_pgtable_ops *(*below)(struct io_pgtable *iop);
};

/* A name of this many characters at most */
#define IO_PGTABLE_NAME_MAX	40

/* In place of a format's name: an implementation of every format. It has alloc_over. */
#define IO_PGTABLE_EVERY_FORMAT	"*"

/**
 * enum io_pgtable_priority - which of several implementations makes new tables
 * @IO_PGTABLE_PRIORITY_DEFAULT: what every kernel has
 * @IO_PGTABLE_PRIORITY_CHECK: above all others: checks what they do
 *
 * Others choose a number in between, or below the default.
 */
enum io_pgtable_priority {
	IO_PGTABLE_PRIORITY_DEFAULT = 0,
	IO_PGTABLE_PRIORITY_CHECK = INT_MAX,
};

/**
 * struct io_pgtable_format - an implementation of a format
 * @fmt: the format's number, unless @name is set
 * @name: the format's name, for a format that has no number: a vendor's prefix and the
 *	vendor's name for the format with a comma in between, as in devicetree
 *	("rockchip,rk3568"). Each consists of lower-case letters, digits, '-', '_', '.' and
 *	'+'; %IO_PGTABLE_NAME_MAX characters in all. Or %IO_PGTABLE_EVERY_FORMAT.
 * @priority: of those implementations of a format that are registered, the one with the
 *	highest priority makes new tables. A table keeps the one that made it.
 * @fns: its functions; several formats may share them
 * @trial: a configuration to be tried with before the format serves, if the kernel has
 *	CONFIG_IOMMU_IO_PGTABLE_SELFTEST; NULL if there is none. No hardware walks the table:
 *	tlb and iommu_dev are NULL, and coherent_walk is set.
 *
 * Must stay where it is while it is registered. One of these is in the registry
 * once at a time.
 */
struct io_pgtable_format {
	enum io_pgtable_fmt			fmt;
	int					priority;
	const char				*name;
	const struct io_pgtable_init_fns	*fns;
	const struct io_pgtable_cfg		*trial;
	/* private: the core's */
	const char				*id;	/* its name, a number's, too */
	struct list_head			node;
	struct module				*owner;
	atomic_t				pins;
	bool					failed;	/* its trial */
};

int __io_pgtable_register_formats(struct io_pgtable_format *formats, size_t n,
				  struct module *owner);
int io_pgtable_unregister_formats(struct io_pgtable_format *formats, size_t n);
struct io_pgtable_ops *io_pgtable_alloc_below(const struct io_pgtable_below *below,
					      struct io_pgtable_cfg *cfg, void *cookie);

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

/**
 * MODULE_ALIAS_IO_PGTABLE_NAMED() - the same for a format that has a name
 * @__name: its name, as "vendor,format" in quotes
 */
#define MODULE_ALIAS_IO_PGTABLE_NAMED(__name) MODULE_ALIAS("io-pgtable-" __name)

void *io_pgtable_alloc_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			     size_t size, gfp_t gfp);
void io_pgtable_free_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			   void *pages, size_t size);

#endif /* __IO_PGTABLE_FORMAT_H */
