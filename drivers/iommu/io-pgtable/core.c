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
#include <linux/delay.h>
#include <linux/device.h>
#include <linux/device/driver.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/io-pgtable-format.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/kmod.h>
#include <linux/preempt.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

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
#define KNOWN_FORMAT(_fmt, _provider)					\
	[_fmt] = { #_fmt, _provider }

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

/*
 * Guards the registry. A format in it is pinned under the lock, and unpinned without
 * it. Raw, since __module_address() must not be preempted.
 */
static DEFINE_RAW_SPINLOCK(registry_lock);

/*
 * By number, the format that is registered, or was the last to be: a bit in
 * registered tells them apart. One that has left may be freed: its address is only
 * looked up, never followed.
 */
static struct io_pgtable_format *registry[IO_PGTABLE_NUM_FMTS];
static unsigned long registered;
static unsigned int departures;	/* how many times formats have left */

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

/* They are all in the registry when their bits are set, or none is. */
static int registry_insert(struct io_pgtable_format *formats, size_t n,
			   struct module *owner)
{
	unsigned long taken = registered;
	size_t i;

	lockdep_assert_held(&registry_lock);

	for (i = 0; i < n; i++) {
		struct io_pgtable_format *f = &formats[i];

		if (taken & BIT(f->fmt)) {
			pr_err("format %s is registered by %s\n", known_formats[f->fmt].name,
			       module_name(registry[f->fmt]->owner));
			return -EEXIST;
		}
		taken |= BIT(f->fmt);
		registry[f->fmt] = f;
		f->owner = owner;
		atomic_set(&f->pins, 0);
	}
	registered = taken;
	return 0;
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

	raw_spin_lock(&registry_lock);
	ret = registry_insert(formats, n, owner);
	raw_spin_unlock(&registry_lock);

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
	unsigned long left;
	int ret = 0;
	size_t i;

	raw_spin_lock(&registry_lock);
	left = registered;
	for (i = 0; !ret && i < n; i++) {
		enum io_pgtable_fmt fmt = formats[i].fmt;

		if (!fmt_is_valid(fmt) || !(left & BIT(fmt)) ||
		    registry[fmt] != &formats[i])
			ret = -ENOENT;
		else if (atomic_read_acquire(&formats[i].pins))
			ret = -EBUSY;	/* Acquire: see format_unpin() */
		else
			left &= ~BIT(fmt);
	}
	if (!ret) {
		registered = left;
		WRITE_ONCE(departures, departures + 1);
	}
	raw_spin_unlock(&registry_lock);

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

	raw_spin_lock(&registry_lock);
	f = registered & BIT(fmt) ? registry[fmt] : NULL;
	if (f && try_module_get(f->owner))
		atomic_inc(&f->pins);
	else
		f = NULL;
	raw_spin_unlock(&registry_lock);

	return f;
}

/* A devm action, too. Without the lock: tables may be freed in interrupts. */
static noinline void format_unpin(void *format)
{
	struct io_pgtable_format *f = format;
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
	if (IS_ENABLED(CONFIG_MODULES) && current_is_async())
		return false;
	request_module("io-pgtable-%s", known_formats[fmt].name);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_request_module);

static struct io_pgtable_format *format_get(enum io_pgtable_fmt fmt,
					    struct device *prober);
static bool wanted[IO_PGTABLE_NUM_FMTS];	/* by those who cannot wait */

/* Registration wakes the probes that were deferred. */
static void load_formats(struct work_struct *work)
{
	struct io_pgtable_format *f;
	enum io_pgtable_fmt fmt;

	for (fmt = 0; fmt < IO_PGTABLE_NUM_FMTS; fmt++) {
		if (!READ_ONCE(wanted[fmt]))
			continue;
		/* Before the load: what is wanted from now on queues the work again. */
		WRITE_ONCE(wanted[fmt], false);
		f = format_get(fmt, NULL);
		if (!IS_ERR(f))
			format_unpin(f);
	}
}

/* Load a format for those who cannot wait for it. */
VISIBLE_IF_KUNIT void io_pgtable_load_later(enum io_pgtable_fmt fmt)
{
	static DECLARE_WORK(work, load_formats);

	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_load_later, fmt);
	WRITE_ONCE(wanted[fmt], true);
	queue_work(system_long_wq, &work);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_load_later);

/*
 * Is the module of a format, which could not be pinned, being unloaded? Until it
 * is freed modprobe takes it for loaded, or fails. An unload that has come so far
 * that its formats cannot be pinned any more does not fail.
 */
static bool format_is_leaving(enum io_pgtable_fmt fmt)
{
	bool leaving = false;
#ifdef CONFIG_MODULE_UNLOAD
	struct module *module;

	raw_spin_lock(&registry_lock);
	module = __module_address((unsigned long)registry[fmt]);
	leaving = registered & BIT(fmt) || (module && !module_is_live(module));
	raw_spin_unlock(&registry_lock);
#endif
	return leaving;
}

/*
 * Pin a format, loading its module if need be. @prober is the device whose probe
 * this is, NULL outside of any probe: there nobody would try again, and the
 * error may go to user space, so -EPROBE_DEFER is no answer.
 *
 * If the module is being unloaded, wait: not in an async probe, which the unload may
 * be waiting for, and not for ever, as it may be waiting for a lock that the caller
 * holds. The end of the unload cannot be seen, only that it is near, and modprobe
 * may fail once more there: so after a departure ask twice.
 */
static struct io_pgtable_format *format_get(enum io_pgtable_fmt fmt,
					    struct device *prober)
{
	unsigned int patience = current_is_async() ? 0 : 250;
	unsigned int asks = 1, seen = 0;
	struct io_pgtable_format *f;
	bool answered, leaving;

	/* That modprobe is content does not mean that the format is there. */
	while (!(f = format_pin(fmt))) {
		leaving = format_is_leaving(fmt);
		if (leaving && patience) {
			patience--;
			msleep(20);
			continue;
		}
		if (seen != READ_ONCE(departures)) {
			seen = READ_ONCE(departures);
			asks = 2;
		}
		if (!asks--)
			break;
		answered = io_pgtable_request_module(fmt) && !leaving;
	}
	if (f)
		return f;

	if (!answered)
		io_pgtable_load_later(fmt);
	if (!prober || (answered && (!io_pgtable_configured(fmt) ||
				     !io_pgtable_window_open(prober))))
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

/**
 * __devm_io_pgtable_get_format() - pin a format while a driver is bound
 * @dev: the device that is being probed
 * @fmt: the format's number
 * @optional: whether the driver can do without for now
 *
 * For devm_io_pgtable_get_format() and devm_io_pgtable_get_format_optional().
 *
 * Context: probe of @dev. May sleep.
 * Return: as these say.
 */
int __devm_io_pgtable_get_format(struct device *dev, enum io_pgtable_fmt fmt, bool optional)
{
	struct io_pgtable_format *f;

	might_sleep();
	if (!fmt_is_valid(fmt))
		return -EINVAL;

	f = format_get(fmt, optional ? NULL : dev);
	if (!IS_ERR(f))
		return devm_add_action_or_reset(dev, format_unpin, f);
	return optional ? 0 : format_missing(dev, fmt, PTR_ERR(f));
}
EXPORT_SYMBOL_GPL(__devm_io_pgtable_get_format);

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
	static bool reported[IO_PGTABLE_NUM_FMTS];
	bool probing = dev && dev->links.status == DL_DEV_PROBING;
	struct io_pgtable_format *f;
	struct io_pgtable *iop;

	might_sleep();
	if (!fmt_is_valid(fmt) || !cfg->alloc != !cfg->free)
		return ERR_PTR(-EINVAL);

	f = format_get(fmt, probing ? dev : NULL);
	if (IS_ERR(f)) {
		/* Outside of probe user space may try at will: say it once. */
		if (probing || !READ_ONCE(reported[fmt]))
			format_missing(dev, fmt, PTR_ERR(f));
		if (!probing)
			WRITE_ONCE(reported[fmt], true);
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
 * Context: any where a spinlock can be taken (not NMI, nor a hard interrupt with
 * PREEMPT_RT), if the callbacks in the table's configuration (tlb_flush_all and
 * free) allow it. Takes no lock of the core.
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
