/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The io-pgtable API for formats: how a page table format, built in or a module, registers with
 * the core.
 */
#ifndef __IO_PGTABLE_FORMAT_H
#define __IO_PGTABLE_FORMAT_H

#include <linux/atomic.h>
#include <linux/io-pgtable.h>
#include <linux/limits.h>
#include <linux/list.h>
#include <linux/module.h>

/**
 * enum io_pgtable_caps - optional abilities of a format
 * @IO_PGTABLE_CAP_CUSTOM_ALLOCATOR: supports &io_pgtable_cfg.alloc and free.
 * @IO_PGTABLE_CAP_OPTIONAL_QUIRKS: knows %IO_PGTABLE_QUIRKS_OPTIONAL, and accepts or refuses each
 *	of these quirks. For other implementations the core removes these quirks from
 *	&io_pgtable_cfg.quirks, since drivers set them for any implementation of a format.
 */
enum io_pgtable_caps {
	IO_PGTABLE_CAP_CUSTOM_ALLOCATOR = BIT(0),
	IO_PGTABLE_CAP_OPTIONAL_QUIRKS = BIT(1),
};

struct io_pgtable_format;
struct io_pgtable_inspect;

/**
 * struct io_pgtable_below - the implementation that another implementation builds on
 * @format: the implementation of the table's format with the next lower priority
 * @fmt: the format's number, or %IO_PGTABLE_NUM_FMTS
 * @name: the format's name: "ARM_64_LPAE_S1" for example, or "vendor,format"
 */
struct io_pgtable_below {
	struct io_pgtable_format	*format;
	enum io_pgtable_fmt		fmt;
	const char			*name;
};

/**
 * struct io_pgtable_init_fns - functions of a format
 * @alloc: make an empty table as @cfg says. Writes the chosen values and the register values back
 *	to @cfg. The core sets fmt, format, cookie and cfg of the returned table. May sleep.
 *	Return: the table, or ERR_PTR. Formats written for the kernel's own core return NULL on
 *	every error. NULL counts as -ENOMEM, the error that their drivers return; -EINVAL would
 *	make the IOMMU core try another domain.
 * @free: destroy a table that no walker uses any more.
 * @caps: bits of &enum io_pgtable_caps.
 * @format_cfg_size: size in bytes of the struct that &io_pgtable_cfg.format_cfg points to; 0 if
 *	the format has none. The core compares it with &io_pgtable_cfg.format_cfg_size.
 * @alloc_over: replaces @alloc in an implementation that builds on the next one. It allocates the
 *	table below with io_pgtable_alloc_below(), if it needs one, and @free frees that table.
 *	@below is valid until @alloc_over returns. Return: as @alloc; or NULL, and then the
 *	implementation below makes the table alone.
 * @inspect: reads the format's tables, for debugfs. Optional. Without it debugfs shows
 *	translations only.
 * @below: only with @alloc_over: returns the table that @iop builds on. Optional. With it,
 *	debugfs shows that table.
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

/* The maximum length of a format's name */
#define IO_PGTABLE_NAME_MAX	40

/* Instead of a format's name: the implementation is for every format. It must have alloc_over. */
#define IO_PGTABLE_EVERY_FORMAT	"*"

/**
 * enum io_pgtable_priority - priority of an implementation
 * @IO_PGTABLE_PRIORITY_DEFAULT: implementations that every kernel has
 * @IO_PGTABLE_PRIORITY_CHECK: the checker, above all other implementations
 *
 * Other implementations choose a number in between, or a number below the default.
 */
enum io_pgtable_priority {
	IO_PGTABLE_PRIORITY_DEFAULT = 0,
	IO_PGTABLE_PRIORITY_CHECK = INT_MAX,
};

/**
 * struct io_pgtable_format - an implementation of a format
 * @fmt: the format's number, unless @name is set
 * @name: the name of a format that has no number: the vendor's prefix, a comma and the vendor's
 *	name for the format, as in devicetree ("rockchip,rk3568"). Both parts consist of
 *	lower-case letters, digits, '-', '_', '.' and '+'. The name has at most
 *	%IO_PGTABLE_NAME_MAX characters. Or %IO_PGTABLE_EVERY_FORMAT.
 * @priority: the registered implementation with the highest priority makes new tables of the
 *	format. A table keeps the implementation that made it.
 * @fns: the functions of the format; formats that one call registers may share them
 * @trial: the configuration for the self-test at registration, if the kernel has
 *	CONFIG_IOMMU_IO_PGTABLE_SELFTEST; NULL if there is no self-test. No hardware walks the
 *	tables of the self-test: tlb and iommu_dev are NULL, and coherent_walk is set.
 *
 * The struct must not move while it is registered, and can be registered only once at a time.
 */
struct io_pgtable_format {
	enum io_pgtable_fmt			fmt;
	int					priority;
	const char				*name;
	const struct io_pgtable_init_fns	*fns;
	const struct io_pgtable_cfg		*trial;
	/* private: for the core only */
	const char				*id;	/* name, of any format */
	struct list_head			node;
	struct module				*owner;
	atomic_t				pins;
	bool					failed;	/* the self-test failed */
};

int __io_pgtable_register_formats(struct io_pgtable_format *formats, size_t n,
				  struct module *owner);
int io_pgtable_unregister_formats(struct io_pgtable_format *formats, size_t n);
struct io_pgtable_ops *io_pgtable_alloc_below(const struct io_pgtable_below *below,
					      struct io_pgtable_cfg *cfg, void *cookie);

/**
 * io_pgtable_register_formats() - add formats to the registry, all or none
 * @formats: array of formats
 * @n: number of formats
 *
 * Calls __io_pgtable_register_formats() with the calling module as owner.
 */
#define io_pgtable_register_formats(formats, n) \
	__io_pgtable_register_formats(formats, n, THIS_MODULE)

/*
 * For a module's init, before everything else: the kernel then does not wait for all async work
 * when init has returned. The kernel omits this wait for modules that ask for async probes. A
 * caller of io_pgtable_alloc() that waits for modprobe may hold a lock that an async probe waits
 * for, such as the mutex of an iommu_group.
 */
#ifdef MODULE
#define io_pgtable_wait_for_no_async_work()	(THIS_MODULE->async_probe_requested = true)
#else
#define io_pgtable_wait_for_no_async_work()	((void)0)
#endif

/**
 * module_io_pgtable_formats() - init and exit of a module that only registers formats
 * @__formats: array of &struct io_pgtable_format
 *
 * If built in, the formats register before device drivers probe. A module that sets up other
 * things has its own init, and registers the formats last: a format can be pinned from
 * registration on, and a later failure of init would free code that is in use.
 */
#define module_io_pgtable_formats(__formats)				\
static struct io_pgtable_format *const __formats##_first = (__formats);	\
static const size_t __formats##_num =					\
	sizeof(__formats) / sizeof(struct io_pgtable_format);		\
static int __init __formats##_init(void)				\
{									\
	io_pgtable_wait_for_no_async_work();				\
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
 * MODULE_ALIAS_IO_PGTABLE() - the module alias of a format with a number
 * @__fmt: its enumerator in &enum io_pgtable_fmt, for example ARM_64_LPAE_S1
 *
 * The core requests a format's module by this alias. A module has one alias for each format that
 * it registers.
 */
#define MODULE_ALIAS_IO_PGTABLE(__fmt) MODULE_ALIAS("io-pgtable-" #__fmt)

/**
 * MODULE_ALIAS_IO_PGTABLE_NAMED() - the module alias of a format that has a name
 * @__name: the format's name as a string, for example "vendor,format"
 */
#define MODULE_ALIAS_IO_PGTABLE_NAMED(__name) MODULE_ALIAS("io-pgtable-" __name)

void *io_pgtable_alloc_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			     size_t size, gfp_t gfp);
void io_pgtable_free_pages(const struct io_pgtable_cfg *cfg, void *cookie,
			   void *pages, size_t size);

#endif /* __IO_PGTABLE_FORMAT_H */
