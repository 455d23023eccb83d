// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable core: the registry of page table formats.
 *
 * Finds a format by its number, pins it, makes and frees tables with it, and
 * tells a caller whose format is not there whether to wait or to give up. It
 * knows a number's name and Kconfig symbol, and nothing else of any format.
 */
#define pr_fmt(fmt) "io-pgtable: " fmt

#include <kunit/static_stub.h>
#include <kunit/visibility.h>
#include <linux/async.h>
#include <linux/atomic.h>
#include <linux/bitops.h>
#include <linux/device.h>
#include <linux/device/driver.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/io-pgtable-format.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/spinlock.h>

#include "../../base/base.h"	/* driver_deferred_probe_trigger() */
#include "core.h"

/* Who provides formats, and the symbol to enable: NULL if this kernel has it. */
enum provider { LPAE, ARMV7S, MALI, AMD, DART };

static const char *const to_enable[] = {
#define PROVIDER(_provider, CONFIG_OF_PROVIDER)				\
	[_provider] = IS_ENABLED(CONFIG_OF_PROVIDER) ? NULL : #CONFIG_OF_PROVIDER

	/* In full, as kbuild looks for symbols to know what to rebuild */
	PROVIDER(LPAE, CONFIG_IOMMU_IO_PGTABLE_LPAE),
	PROVIDER(ARMV7S, CONFIG_IOMMU_IO_PGTABLE_ARMV7S),
	PROVIDER(MALI, CONFIG_IOMMU_IO_PGTABLE_MALI),
	PROVIDER(AMD, CONFIG_AMD_IOMMU),
	PROVIDER(DART, CONFIG_IOMMU_IO_PGTABLE_DART),
};

/* What an administrator can be told of a format that is not there */
static const struct {
	char name[15];	/* also the tail of its module alias */
	u8 provider;
} known_formats[IO_PGTABLE_NUM_FMTS] = {
#define KNOWN_FORMAT(_fmt, _provider)	[_fmt] = { #_fmt, _provider }

	KNOWN_FORMAT(ARM_32_LPAE_S1, LPAE),
	KNOWN_FORMAT(ARM_32_LPAE_S2, LPAE),
	KNOWN_FORMAT(ARM_64_LPAE_S1, LPAE),
	KNOWN_FORMAT(ARM_64_LPAE_S2, LPAE),
	KNOWN_FORMAT(ARM_V7S, ARMV7S),
	KNOWN_FORMAT(ARM_MALI_LPAE, MALI),
	KNOWN_FORMAT(AMD_IOMMU_V1, AMD),
	KNOWN_FORMAT(AMD_IOMMU_V2, AMD),
	KNOWN_FORMAT(APPLE_DART, DART),
	KNOWN_FORMAT(APPLE_DART2, DART),
};

/* Guards the registry. A format in it is pinned under the lock, and unpinned without it. */
static DEFINE_SPINLOCK(registry_lock);
static struct io_pgtable_format *registry[IO_PGTABLE_NUM_FMTS];

static bool fmt_is_valid(enum io_pgtable_fmt fmt)
{
	return (unsigned int)fmt < IO_PGTABLE_NUM_FMTS;
}

/*
 * Registration
 */

static bool format_is_usable(const struct io_pgtable_format *f)
{
	return fmt_is_valid(f->fmt) && f->fns && f->fns->alloc && f->fns->free;
}

/* Under one hold of the lock nobody sees the formats that are taken out again. */
static int registry_insert(struct io_pgtable_format *formats, size_t n,
			   struct module *owner)
{
	size_t i;

	lockdep_assert_held(&registry_lock);

	for (i = 0; i < n; i++) {
		struct io_pgtable_format *f = registry[formats[i].fmt];

		if (f) {
			pr_err("format %s is registered by %s\n", known_formats[f->fmt].name,
			       module_name(f->owner));
			goto taken;
		}
		registry[formats[i].fmt] = &formats[i];
		formats[i].owner = owner;
		atomic_set(&formats[i].pins, 0);
	}
	return 0;

taken:
	while (i--)
		registry[formats[i].fmt] = NULL;
	return -EEXIST;
}

/**
 * __io_pgtable_register_formats() - add formats to the registry, all or none
 * @formats: array of formats; not copied
 * @n: how many
 * @owner: the module that holds their code, NULL if built in
 *
 * From the moment this returns 0 the formats can be pinned. It must be the last
 * thing that a module's init does, and the only one that can still fail.
 * Devices whose probe was deferred are probed again.
 *
 * Context: process context. May sleep.
 * Return: 0; -EINVAL if @n is 0, a number is out of range or a function is
 * missing; -EEXIST if one of the numbers is taken, in the registry or twice in
 * @formats. Nothing is registered then.
 */
int __io_pgtable_register_formats(struct io_pgtable_format *formats, size_t n,
				  struct module *owner)
{
	size_t i;
	int ret;

	might_sleep();
	if (!n)
		return -EINVAL;
	for (i = 0; i < n; i++)
		if (!format_is_usable(&formats[i]))
			return -EINVAL;

	spin_lock(&registry_lock);
	ret = registry_insert(formats, n, owner);
	spin_unlock(&registry_lock);

	/* Nobody else would: a format is not a device that gets bound. */
	if (!ret)
		driver_deferred_probe_trigger();
	return ret;
}
EXPORT_SYMBOL_GPL(__io_pgtable_register_formats);

/**
 * io_pgtable_unregister_formats() - take formats out of the registry, all or none
 * @formats: the array that was registered
 * @n: how many
 *
 * Waits for the lock, that is for whoever is just looking a format up: he gets
 * his pin first, or nothing. It does not wait for pins to go away. A module's
 * exit does not run while a pin holds its module, so there it succeeds.
 *
 * Context: process context. Does not sleep.
 * Return: 0; -ENOENT if one of them is not in the registry; -EBUSY if a table or
 * a driver holds one of them. Nothing is unregistered then.
 */
int io_pgtable_unregister_formats(struct io_pgtable_format *formats, size_t n)
{
	size_t i;
	int ret = 0;

	spin_lock(&registry_lock);
	for (i = 0; !ret && i < n; i++) {
		if (!fmt_is_valid(formats[i].fmt) ||
		    registry[formats[i].fmt] != &formats[i])
			ret = -ENOENT;
		else if (atomic_read_acquire(&formats[i].pins))
			ret = -EBUSY;	/* Acquire: see format_unpin() */
	}
	for (i = 0; !ret && i < n; i++)
		registry[formats[i].fmt] = NULL;
	spin_unlock(&registry_lock);

	return ret;
}
EXPORT_SYMBOL_GPL(io_pgtable_unregister_formats);

/*
 * Pins
 */

/* A module on its way out cannot be pinned: its format is as good as gone. */
static struct io_pgtable_format *format_pin(enum io_pgtable_fmt fmt)
{
	struct io_pgtable_format *f;

	spin_lock(&registry_lock);
	f = registry[fmt];
	if (f && try_module_get(f->owner))
		atomic_inc(&f->pins);
	else
		f = NULL;
	spin_unlock(&registry_lock);

	return f;
}

/* Without the lock: tables may be freed in interrupts. */
static noinline void format_unpin(struct io_pgtable_format *f)
{
	struct module *owner = f->owner;

	/*
	 * Release: what was done with the format comes before the pin is gone.
	 * Whoever unregisters it then may free it.
	 */
	atomic_fetch_dec_release(&f->pins);
	module_put(owner);
}

/*
 * Defer or absent
 */

VISIBLE_IF_KUNIT bool io_pgtable_configured(enum io_pgtable_fmt fmt)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_configured, fmt);
	return !to_enable[known_formats[fmt].provider];
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_configured);

/* Can a format still arrive of itself, or is everything loaded that will be? */
VISIBLE_IF_KUNIT bool io_pgtable_window_open(struct device *dev)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_window_open, dev);
	return driver_deferred_probe_check_state(dev) == -EPROBE_DEFER;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_window_open);

/*
 * Ask user space for the module. Return: whether it has answered. An async probe
 * must not wait for that: modprobe may be waiting for all async work to be done.
 */
VISIBLE_IF_KUNIT bool io_pgtable_request_module(enum io_pgtable_fmt fmt)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_request_module, fmt);
	if (current_is_async()) {
		request_module_nowait("io-pgtable-%s", known_formats[fmt].name);
		return false;
	}
	request_module("io-pgtable-%s", known_formats[fmt].name);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_request_module);

/*
 * Pin a format, loading its module if need be. @prober is the device whose probe
 * this is, NULL outside of any probe: there nobody would try again, and the
 * error may go to user space, so -EPROBE_DEFER is no answer.
 */
static struct io_pgtable_format *format_get(enum io_pgtable_fmt fmt,
					    struct device *prober)
{
	struct io_pgtable_format *f = format_pin(fmt);
	bool answered;

	if (f)
		return f;

	answered = io_pgtable_request_module(fmt);
	/* That modprobe is content does not mean that the format is there. */
	f = format_pin(fmt);
	if (f)
		return f;

	if (!prober || (answered && !io_pgtable_configured(fmt)) ||
	    !io_pgtable_window_open(prober))
		return ERR_PTR(-ENOENT);
	return ERR_PTR(-EPROBE_DEFER);
}

/* Say what is missing, and what an administrator can do about it. */
static noinline int format_missing(struct device *dev, enum io_pgtable_fmt fmt,
				   int err)
{
	const char *name = known_formats[fmt].name;
	const char *symbol = to_enable[known_formats[fmt].provider];
	const char *advice = symbol ? "not configured, enable " :
				      "load it with modprobe io-pgtable-";

	if (!dev) {
		pr_err("no page table format %s: %s%s\n", name, advice, symbol ?: name);
		return err;
	}
	return dev_err_probe(dev, err, "%s page table format %s: %s%s\n",
			     err == -EPROBE_DEFER ? "waiting for" : "no", name,
			     advice, symbol ?: name);
}

static void unpin_action(void *f)
{
	format_unpin(f);
}

/**
 * devm_io_pgtable_get_format() - pin a format while a driver is bound
 * @dev: the device that is being probed
 * @fmt: the format's number
 *
 * For drivers that know in probe which formats they will allocate tables of.
 * Loads the format's module if it can. An error is reported with its reason, for
 * the log or for devices_deferred in debugfs, and meant to be returned by probe.
 *
 * Context: probe of @dev. May sleep.
 * Return: 0; -EPROBE_DEFER if the format can still arrive, @dev is then probed
 * again when it does; -ENOENT if it will not; -EINVAL if no format has that
 * number; -ENOMEM.
 */
int devm_io_pgtable_get_format(struct device *dev, enum io_pgtable_fmt fmt)
{
	struct io_pgtable_format *f;

	might_sleep();
	if (!fmt_is_valid(fmt))
		return -EINVAL;

	f = format_get(fmt, dev);
	if (IS_ERR(f))
		return format_missing(dev, fmt, PTR_ERR(f));
	return devm_add_action_or_reset(dev, unpin_action, f);
}
EXPORT_SYMBOL_GPL(devm_io_pgtable_get_format);

/*
 * Tables
 */

static struct io_pgtable *table_create(struct io_pgtable_format *f,
				       struct io_pgtable_cfg *cfg, void *cookie)
{
	struct io_pgtable *iop;

	if (cfg->alloc && !(f->fns->caps & IO_PGTABLE_CAP_CUSTOM_ALLOCATOR))
		return ERR_PTR(-EOPNOTSUPP);

	iop = f->fns->alloc(cfg, cookie);
	/* Formats written for the kernel's own core say NULL for everything. */
	return iop ?: ERR_PTR(-ENOMEM);
}

/**
 * io_pgtable_alloc() - make an empty page table
 * @fmt: its format
 * @cfg: what it should be like; changed to what it is like
 * @cookie: handed to the callbacks in @cfg
 *
 * Pins the format until the table is freed.
 *
 * Context: process context. May sleep, and load the format's module.
 * Return: the table's operations, for free_io_pgtable_ops(), or ERR_PTR:
 * -EPROBE_DEFER if the format is not there, may still arrive, and
 * &io_pgtable_cfg.iommu_dev is being probed; -ENOENT if it is not there
 * otherwise; -EINVAL if no format has that number, only one of alloc and free is
 * set in @cfg, or the format cannot do what @cfg asks for; -EOPNOTSUPP if the
 * format does not take table memory from the caller; -ENOMEM.
 */
struct io_pgtable_ops *io_pgtable_alloc(enum io_pgtable_fmt fmt,
					struct io_pgtable_cfg *cfg,
					void *cookie)
{
	struct device *dev = cfg->iommu_dev;
	static unsigned long reported;	/* a bit a format */
	bool probing = dev && dev->links.status == DL_DEV_PROBING;
	struct io_pgtable_format *f;
	struct io_pgtable *iop;

	might_sleep();
	if (!fmt_is_valid(fmt) || !cfg->alloc != !cfg->free)
		return ERR_PTR(-EINVAL);

	f = format_get(fmt, probing ? dev : NULL);
	if (IS_ERR(f)) {
		/* Outside of probe user space may try at will: say it once. */
		if (probing || !test_and_set_bit(fmt, &reported))
			format_missing(dev, fmt, PTR_ERR(f));
		return ERR_CAST(f);
	}

	iop = table_create(f, cfg, cookie);
	if (IS_ERR(iop)) {
		format_unpin(f);
		return ERR_CAST(iop);
	}

	iop->fmt = fmt;
	iop->format = f;
	iop->cookie = cookie;
	iop->cfg = *cfg;
	return &iop->ops;
}
EXPORT_SYMBOL_GPL(io_pgtable_alloc);

/**
 * alloc_io_pgtable_ops() - make an empty page table, or NULL
 * @fmt: its format
 * @cfg: what it should be like; changed to what it is like
 * @cookie: handed to the callbacks in @cfg
 *
 * io_pgtable_alloc() for drivers that do not tell one error from another.
 *
 * Context: process context. May sleep, and load the format's module.
 * Return: the table's operations, or NULL for whatever went wrong.
 */
struct io_pgtable_ops *alloc_io_pgtable_ops(enum io_pgtable_fmt fmt,
					    struct io_pgtable_cfg *cfg,
					    void *cookie)
{
	struct io_pgtable_ops *ops = io_pgtable_alloc(fmt, cfg, cookie);

	return IS_ERR(ops) ? NULL : ops;
}
EXPORT_SYMBOL_GPL(alloc_io_pgtable_ops);

/**
 * free_io_pgtable_ops() - destroy a page table
 * @ops: what io_pgtable_alloc() or alloc_io_pgtable_ops() returned, or NULL
 *
 * The caller has made sure that no walker uses the table any more; what TLBs
 * still hold of it is flushed here. Unpins the format.
 *
 * Context: any but NMI, as far as the callbacks in the table's configuration
 * (tlb_flush_all and free) allow. Takes no lock of the core.
 */
void free_io_pgtable_ops(struct io_pgtable_ops *ops)
{
	struct io_pgtable_format *f;
	struct io_pgtable *iop;

	if (!ops)
		return;

	iop = io_pgtable_ops_to_pgtable(ops);
	f = iop->format;
	io_pgtable_tlb_flush_all(iop);
	f->fns->free(iop);
	format_unpin(f);
}
EXPORT_SYMBOL_GPL(free_io_pgtable_ops);

/*
 * TLB
 */

/**
 * io_pgtable_tlb_add_each() - tell the driver of leaf entries that are gone, one by one
 * @iop: their table
 * @gather: where the driver gathers what to invalidate
 * @iova: the first one's input address
 * @size: of all, in bytes
 * @granule: of each, in bytes
 *
 * For io_pgtable_tlb_add_range(), if the driver has a callback for single ones only.
 *
 * Context: that of the unmap which it is part of.
 */
void io_pgtable_tlb_add_each(struct io_pgtable *iop, struct iommu_iotlb_gather *gather,
			     unsigned long iova, size_t size, size_t granule)
{
	const struct iommu_flush_ops *tlb = iop->cfg.tlb;
	typeof(*tlb->tlb_add_page) *add_page = tlb ? tlb->tlb_add_page : NULL;
	void *cookie = iop->cookie;

	for (; add_page && size; size -= granule, iova += granule)
		add_page(gather, iova, granule, cookie);
}
EXPORT_SYMBOL_GPL(io_pgtable_tlb_add_each);
