// SPDX-License-Identifier: GPL-2.0-only
/*
 * io-pgtable core: the registry of page table formats.
 *
 * Finds the best implementation of a format, pins it, makes and frees tables with it, and
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
#include <linux/list.h>
#include <linux/minmax.h>
#include <linux/preempt.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/string.h>
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
	/* The kernel's own implementation will do as well. */
#if IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_DART)
	PROVIDER(DART, CONFIG_IOMMU_IO_PGTABLE_DART),
#else
	PROVIDER(DART, CONFIG_IOMMU_IO_PGTABLE_APPLE_DART),
#endif
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
 * All implementations of all formats, the highest priority first. They are pinned under the
 * lock, and unpinned without it. The lock is raw, since __module_address() must not be
 * preempted. No other lock is taken under it.
 */
LIST_HEAD(io_pgtable_formats);
LIST_HEAD(io_pgtable_holders);
DEFINE_RAW_SPINLOCK(io_pgtable_lock);

/*
 * Arrays of formats that were unregistered, the last few. They may be freed: the core only
 * looks their addresses up, and never follows them.
 */
static void *departed[4];
static unsigned int departures;	/* how many times formats have left */

/*
 * Names
 */

static bool name_is_vendors(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-_.+";
	size_t len = strspn(name, allowed), format;

	if (!len || name[len++] != ',')
		return false;
	format = strspn(name + len, allowed);
	len += format;
	return format && !name[len] && len <= IO_PGTABLE_NAME_MAX;
}

/*
 * Whether an implementation builds on another. The checker does, and is an optional part:
 * without it the compiler drops what only layers need.
 */
static bool format_is_layer(const struct io_pgtable_format *f)
{
	return IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_LAYERS) && f->fns->alloc_over;
}

/* The number of a format; IO_PGTABLE_NUM_FMTS if it has none */
static enum io_pgtable_fmt fmt_of(const char *id)
{
	size_t offset = id - known_formats[0].name;

	return min(offset / sizeof(known_formats[0]), (size_t)IO_PGTABLE_NUM_FMTS);
}

/*
 * Identify a format by its name, or by its number if @name is NULL. Formats with a number
 * are identified by the name in known_formats, so that fmt_of() and format_is() need not
 * compare strings. Return: the name; NULL if there is no such format.
 */
const char *io_pgtable_id_of(enum io_pgtable_fmt fmt, const char *name)
{
	if (name)
		for (fmt = 0; fmt < IO_PGTABLE_NUM_FMTS; fmt++)
			if (!strcmp(name, known_formats[fmt].name))
				break;
	if ((unsigned int)fmt < IO_PGTABLE_NUM_FMTS)
		return known_formats[fmt].name;
	return name && name_is_vendors(name) ? name : NULL;
}

/* Whether an implementation is of a format. Names without a number may have several copies. */
static bool format_is(const struct io_pgtable_format *f, const char *id)
{
	return f->id == id || (fmt_of(id) == IO_PGTABLE_NUM_FMTS && !strcmp(f->id, id));
}

/*
 * Pins
 */

/*
 * Pin the best implementation of a format below @above, or of all if that is NULL. If @base is
 * set, pin the implementation with the lowest priority instead, without layers. A module that
 * is being unloaded cannot be pinned: its format is as good as gone.
 */
static struct io_pgtable_format *format_pin_locked(const char *id,
						   struct io_pgtable_format *above, bool base)
{
	struct list_head *at = above ? &above->node : &io_pgtable_formats;
	struct io_pgtable_format *f;

	lockdep_assert_held(&io_pgtable_lock);

	for (;;) {
		at = base ? at->prev : at->next;
		if (at == &io_pgtable_formats)
			return NULL;
		f = list_entry(at, struct io_pgtable_format, node);
		if (f->failed || (base && format_is_layer(f)) ||
		    (*f->id != *IO_PGTABLE_EVERY_FORMAT && !format_is(f, id)))
			continue;
		if (try_module_get(f->owner)) {
			atomic_inc(&f->pins);
			return f;
		}
	}
}

static struct io_pgtable_format *format_pin(const char *id,
					    struct io_pgtable_format *above, bool base)
{
	struct io_pgtable_format *f;

	raw_spin_lock(&io_pgtable_lock);
	f = format_pin_locked(id, above, base);
	raw_spin_unlock(&io_pgtable_lock);

	return f;
}

/* Pin it once more. */
static void format_repin(struct io_pgtable_format *f)
{
	__module_get(f->owner);
	atomic_inc(&f->pins);
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
 * Registration
 */

static int format_check(struct io_pgtable_format *f, struct module *owner)
{
	const struct io_pgtable_init_fns *fns = f->fns;
	int ret;

	if (f->node.next)
		return -EEXIST;
	if (!fns || !fns->free || !(fns->alloc || format_is_layer(f)))
		return -EINVAL;
	f->id = io_pgtable_id_of(f->fmt, f->name);
	if (format_is_layer(f) && f->name && !strcmp(f->name, IO_PGTABLE_EVERY_FORMAT))
		f->id = f->name;
	if (!f->id)
		return -EINVAL;
	f->owner = owner;
	atomic_set(&f->pins, 0);
	ret = io_pgtable_selftest(f);
	f->failed = ret;
	return ret == -ENOMEM ? ret : 0;
}

/*
 * Drivers hold the implementation with the lowest priority, in whatever order implementations
 * are loaded. So a better one can be unloaded when it has no tables.
 */
static void move_holders(struct io_pgtable_format *to)
{
	struct io_pgtable_holder *holder;

	if (to->failed || format_is_layer(to))
		return;
	list_for_each_entry(holder, &io_pgtable_holders, node) {
		struct io_pgtable_format *from = holder->format;

		if (!format_is(from, to->id) || from->priority < to->priority)
			continue;
		format_repin(to);
		holder->format = to;
		trace_io_pgtable_pin(to->id, to, holder->dev, 0, true);
		format_unpin(from);
	}
}

static int registry_insert(struct io_pgtable_format *f)
{
	struct io_pgtable_format *other;

	lockdep_assert_held(&io_pgtable_lock);

	list_for_each_entry(other, &io_pgtable_formats, node) {
		if (other->priority < f->priority)
			break;
		if (other->priority == f->priority && format_is(other, f->id)) {
			pr_err("format %s is registered by %s\n", f->id,
			       module_name(other->owner));
			return -EEXIST;
		}
	}
	list_add_tail(&f->node, &other->node);
	return 0;
}

static void registry_remove(struct io_pgtable_format *f)
{
	__list_del_entry(&f->node);
	f->node.next = NULL;
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
 * With CONFIG_IOMMU_IO_PGTABLE_SELFTEST each format is tried first. One that fails is
 * registered, and never makes a table. Without memory to try one, nothing is registered.
 *
 * Context: process context. May sleep.
 * Return: 0; -EINVAL if @n is 0, a number is out of range, a name is not valid (see
 * &io_pgtable_format.name) or a function is missing; -EEXIST if a format has an
 * implementation with the same priority, in the registry or twice in @formats; -ENOMEM.
 * Nothing is registered then.
 */
int __io_pgtable_register_formats(struct io_pgtable_format *formats, size_t n,
				  struct module *owner)
{
	int ret = n ? 0 : -EINVAL;
	size_t i;

	might_sleep();
	for (i = 0; !ret && i < n; i++)
		ret = format_check(&formats[i], owner);
	if (ret)
		return ret;

	raw_spin_lock(&io_pgtable_lock);
	for (i = 0; !ret && i < n; i++)
		ret = registry_insert(&formats[i]);
	if (ret)
		for (i--; i--; )
			registry_remove(&formats[i]);
	for (i = 0; i < n; i++)
		trace_io_pgtable_register(&formats[i], ret);
	for (i = 0; !ret && i < n; i++)
		move_holders(&formats[i]);
	raw_spin_unlock(&io_pgtable_lock);

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
 * Waits for the lock: a caller that is looking a format up gets its pin first, or
 * nothing. It does not wait for pins to go away. A module's exit does not run while
 * a pin holds its module, so there it succeeds.
 *
 * Context: process context. Sleeps with CONFIG_IOMMU_IO_PGTABLE_DIRECT_CALLS.
 * Return: 0; -ENOENT if one of them is not in the registry; -EBUSY if a table or
 * a driver holds one of them. Nothing is unregistered then.
 */
int io_pgtable_unregister_formats(struct io_pgtable_format *formats, size_t n)
{
	int ret = 0;
	size_t i;

	raw_spin_lock(&io_pgtable_lock);
	for (i = 0; !ret && i < n; i++) {
		if (!formats[i].node.next)
			ret = -ENOENT;
		else if (atomic_read_acquire(&formats[i].pins))
			ret = -EBUSY;	/* Acquire: see format_unpin() */
	}
	if (!ret) {
		for (i = 0; i < n; i++)
			registry_remove(&formats[i]);
		departed[departures % ARRAY_SIZE(departed)] = formats;
		WRITE_ONCE(departures, departures + 1);
	}
	for (i = 0; i < n; i++)
		trace_io_pgtable_unregister(&formats[i], ret);
	raw_spin_unlock(&io_pgtable_lock);

	if (!ret)
		io_pgtable_direct_unset(formats, n);
	return ret;
}
EXPORT_SYMBOL_GPL(io_pgtable_unregister_formats);

/*
 * Defer or absent
 */

/* The symbol that has to be enabled for a format, NULL if the kernel's configuration has it */
static const char *symbol_to_enable(const char *id)
{
	enum io_pgtable_fmt fmt = fmt_of(id);

	return fmt < IO_PGTABLE_NUM_FMTS ? to_enable[known_formats[fmt].provider] : NULL;
}

VISIBLE_IF_KUNIT bool io_pgtable_configured(const char *id)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_configured, id);
	return !symbol_to_enable(id);
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
VISIBLE_IF_KUNIT bool io_pgtable_request_module(const char *id)
{
	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_request_module, id);
	if (IS_ENABLED(CONFIG_MODULES) && current_is_async())
		return false;
	request_module("io-pgtable-%s", id);
	return true;
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_request_module);

static struct io_pgtable_format *format_get(const char *id, struct device *prober);

struct load {
	struct work_struct work;
	char name[IO_PGTABLE_NAME_MAX + 1];
};

/* Registration wakes the probes that were deferred. */
static void load_format(struct work_struct *work)
{
	struct load *load = container_of(work, struct load, work);
	struct io_pgtable_format *f = format_get(io_pgtable_id_of(0, load->name), NULL);

	if (!IS_ERR(f))
		format_unpin(f);
	kfree(load);
}

/*
 * Load a format for a caller that cannot wait for it. Without memory for that, the next
 * probe of the device asks again.
 */
VISIBLE_IF_KUNIT void io_pgtable_load_later(const char *id)
{
	struct load *load;

	KUNIT_STATIC_STUB_REDIRECT(io_pgtable_load_later, id);
	load = kmalloc(sizeof(*load), GFP_KERNEL);
	if (!load)
		return;
	INIT_WORK(&load->work, load_format);
	strscpy(load->name, id, sizeof(load->name));
	queue_work(system_long_wq, &load->work);
}
EXPORT_SYMBOL_IF_KUNIT(io_pgtable_load_later);

/*
 * Is a module being unloaded that has this format, or that had any? Until the module is freed,
 * modprobe takes it for loaded, or fails. An unload that has come so far that its formats
 * cannot be pinned any more does not fail. It takes the last reference first, then changes the
 * state, then the formats leave; those of a module whose init fails do so with references.
 */
static bool format_is_leaving(const char *id)
{
	bool leaving = false;
#ifdef CONFIG_MODULE_UNLOAD
	struct io_pgtable_format *f;
	struct module *module;
	unsigned int i;

	raw_spin_lock(&io_pgtable_lock);
	list_for_each_entry(f, &io_pgtable_formats, node)
		leaving |= format_is(f, id) && f->owner && module_refcount(f->owner) < 0;
	for (i = 0; i < ARRAY_SIZE(departed); i++) {
		module = __module_address((unsigned long)departed[i]);
		leaving |= module && !module_is_live(module);
	}
	raw_spin_unlock(&io_pgtable_lock);
#endif
	return leaving;
}

/*
 * Pin the base of a format, loading its module if need be. @prober is the device whose
 * probe this is, NULL outside of any probe: there nobody would try again, and the
 * error may go to user space, so -EPROBE_DEFER is no answer.
 *
 * If the module is being unloaded, wait: not in an async probe, which the unload may
 * be waiting for, and not for ever, as it may be waiting for a lock that the caller
 * holds. The end of the unload cannot be seen, only that it is near, and modprobe
 * may fail once more there: so after a departure ask twice, once it is not being unloaded. What
 * modprobe answers while it still is, says nothing.
 */
static struct io_pgtable_format *format_get(const char *id, struct device *prober)
{
	unsigned int patience = current_is_async() ? 0 : 250;
	unsigned int asks = 1, seen = 0;
	struct io_pgtable_format *f;
	bool answered = true, leaving;

	/* That modprobe is content does not mean that the format is there. */
	while (!(f = format_pin(id, NULL, true))) {
		leaving = format_is_leaving(id);
		if (leaving && patience) {
			patience--;
			msleep(20);
			continue;
		}
		answered &= !leaving;
		if (seen != READ_ONCE(departures)) {
			seen = READ_ONCE(departures);
			asks = 2;
			/* It may have begun to leave after we looked. */
			continue;
		}
		if (!asks--)
			break;
		answered &= io_pgtable_request_module(id);
	}
	if (f)
		return f;

	if (!answered)
		io_pgtable_load_later(id);
	if (!prober || (answered && (!io_pgtable_configured(id) ||
				     !io_pgtable_window_open(prober))))
		return ERR_PTR(-ENOENT);
	return ERR_PTR(-EPROBE_DEFER);
}

static void trace_missing(const char *id, const struct device *dev, int err)
{
	if (err == -EPROBE_DEFER)
		trace_io_pgtable_defer(id, dev);
	else
		trace_io_pgtable_absent(id, dev);
}

/* Report what is missing, and what an administrator can do about it. */
static noinline int format_missing(struct device *dev, const char *id, int err)
{
	const char *symbol = symbol_to_enable(id);
	const char *advice = symbol ? "not configured, enable " :
				      "load it with modprobe io-pgtable-";

	if (!dev) {
		pr_err("no page table format %s: %s%s\n", id, advice, symbol ?: id);
		return err;
	}
	return dev_err_probe(dev, err, "%s page table format %s: %s%s\n",
			     err == -EPROBE_DEFER ? "waiting for" : "no", id,
			     advice, symbol ?: id);
}

static void holder_release(struct device *dev, void *data)
{
	struct io_pgtable_holder *holder = data;

	raw_spin_lock(&io_pgtable_lock);
	list_del(&holder->node);
	raw_spin_unlock(&io_pgtable_lock);
	format_unpin(holder->format);
}

/**
 * __devm_io_pgtable_get_format() - pin a format while a driver is bound
 * @dev: the device that is being probed
 * @fmt: the format's number, if @name is NULL
 * @name: the format's name, or NULL
 * @optional: whether the driver can do without for now
 *
 * For devm_io_pgtable_get_format() and its like.
 *
 * Context: probe of @dev. May sleep.
 * Return: as these say.
 */
int __devm_io_pgtable_get_format(struct device *dev, enum io_pgtable_fmt fmt,
				 const char *name, bool optional)
{
	const char *id = io_pgtable_id_of(fmt, name);
	struct io_pgtable_holder *holder;
	struct io_pgtable_format *f, *base;

	might_sleep();
	if (!id)
		return -EINVAL;

	f = format_get(id, optional ? NULL : dev);
	if (IS_ERR(f)) {
		trace_missing(id, dev, PTR_ERR(f));
		return optional ? 0 : format_missing(dev, id, PTR_ERR(f));
	}

	holder = devres_alloc(holder_release, sizeof(*holder), GFP_KERNEL);
	if (!holder) {
		format_unpin(f);
		return -ENOMEM;
	}
	holder->dev = dev;
	raw_spin_lock(&io_pgtable_lock);
	/*
	 * Another one with a lower priority may have come meanwhile. It has moved the holders that
	 * it found, and not this one. @f is pinned, so there is one.
	 */
	base = format_pin_locked(id, NULL, true);
	holder->format = base;
	list_add_tail(&holder->node, &io_pgtable_holders);
	trace_io_pgtable_pin(id, base, dev, 0, true);
	raw_spin_unlock(&io_pgtable_lock);
	format_unpin(f);
	devres_add(dev, holder);
	return 0;
}
EXPORT_SYMBOL_GPL(__devm_io_pgtable_get_format);

/*
 * Tables
 */

static struct io_pgtable *call_alloc(const struct io_pgtable_init_fns *fns,
				     struct io_pgtable_cfg *cfg, void *cookie)
{
	if (cfg->alloc && !(fns->caps & IO_PGTABLE_CAP_CUSTOM_ALLOCATOR))
		return ERR_PTR(-EOPNOTSUPP);
	if (cfg->format_cfg_size != fns->format_cfg_size ||
	    !cfg->format_cfg != !fns->format_cfg_size)
		return ERR_PTR(-EINVAL);
	/* Formats written for the kernel's own core say NULL for everything. */
	return fns->alloc(cfg, cookie) ?: ERR_PTR(-ENOMEM);
}

/*
 * Make a table with @f, or with the implementation below it if @f leaves the table to that one.
 * It gets a number, and is listed, if it is on @top: if no other table builds on it.
 * @f is pinned: its pin becomes the table's, or is dropped. If @f is a layer, the caller has
 * pinned the base as well, so that there is an implementation below each layer.
 */
static struct io_pgtable_ops *table_create(struct io_pgtable_format *f, const char *id,
					   struct io_pgtable_cfg *cfg, void *cookie, bool top)
{
	static atomic_t tables;
	struct io_pgtable_below below = { .fmt = fmt_of(id), .name = id };
	struct io_pgtable *iop = NULL;

	while (!iop && format_is_layer(f)) {
		below.format = format_pin(id, f, false);
		iop = f->fns->alloc_over(&below, cfg, cookie);
		format_unpin(iop ? below.format : f);
		if (!iop)
			f = below.format;
	}
	if (!iop)
		iop = call_alloc(f->fns, cfg, cookie);
	if (IS_ERR(iop)) {
		trace_io_pgtable_alloc(id, f, cfg->iommu_dev, 0, PTR_ERR(iop));
		format_unpin(f);
		return ERR_CAST(iop);
	}

	iop->fmt = below.fmt;
	iop->number = 0;
	if (top && (IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_TABLES) ||
		    IS_ENABLED(CONFIG_IOMMU_IO_PGTABLE_TRACE)))
		iop->number = atomic_inc_return(&tables);
	iop->format = f;
	iop->cookie = cookie;
	iop->cfg = *cfg;
	if (top)
		io_pgtable_list(iop);
	io_pgtable_direct_set(iop);
	trace_io_pgtable_pin(id, f, cfg->iommu_dev, iop->number, false);
	trace_io_pgtable_alloc(id, f, cfg->iommu_dev, iop->number, 0);
	return &iop->ops;
}

#ifdef CONFIG_IOMMU_IO_PGTABLE_LAYERS
/**
 * io_pgtable_alloc_below() - make a table that another one builds on
 * @below: the implementation that makes it
 * @cfg: as for io_pgtable_alloc()
 * @cookie: as for io_pgtable_alloc()
 *
 * For &io_pgtable_init_fns.alloc_over. Pins the implementation until the table is freed.
 *
 * Context: process context. May sleep.
 * Return: as io_pgtable_alloc(), but for a format that is missing.
 */
struct io_pgtable_ops *io_pgtable_alloc_below(const struct io_pgtable_below *below,
					      struct io_pgtable_cfg *cfg, void *cookie)
{
	format_repin(below->format);
	return table_create(below->format, below->name, cfg, cookie, false);
}
EXPORT_SYMBOL_GPL(io_pgtable_alloc_below);
#endif

/**
 * __io_pgtable_alloc() - make an empty page table
 * @fmt: its format's number, if @name is NULL
 * @name: its format's name, or NULL
 * @cfg: what it should be like; changed to what it is like
 * @cookie: handed to the callbacks in @cfg
 *
 * For io_pgtable_alloc() and its like.
 *
 * Context: process context. May sleep, and load the format's module.
 * Return: as these say.
 */
struct io_pgtable_ops *__io_pgtable_alloc(enum io_pgtable_fmt fmt, const char *name,
					  struct io_pgtable_cfg *cfg, void *cookie)
{
	/* Outside of probe, user space can ask as often as it likes. */
	static DEFINE_RATELIMIT_STATE(reports, 3600 * HZ, 10);
	struct device *dev = cfg->iommu_dev;
	bool probing = dev && dev->links.status == DL_DEV_PROBING;
	struct io_pgtable_format *f, *base = NULL;
	const char *id = io_pgtable_id_of(fmt, name);
	struct io_pgtable_ops *ops;

	might_sleep();
	if (!id || !cfg->alloc != !cfg->free)
		return ERR_PTR(-EINVAL);

	f = format_pin(id, NULL, false);
	if (!f || format_is_layer(f)) {
		base = format_get(id, probing ? dev : NULL);
		if (IS_ERR(base)) {
			if (f)
				format_unpin(f);
			trace_missing(id, dev, PTR_ERR(base));
			if (probing || __ratelimit(&reports))
				format_missing(dev, id, PTR_ERR(base));
			return ERR_CAST(base);
		}
		if (!f)
			f = format_pin(id, NULL, false);
	}
	ops = table_create(f, id, cfg, cookie, true);
	if (base)
		format_unpin(base);
	return ops;
}
EXPORT_SYMBOL_GPL(__io_pgtable_alloc);

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
	io_pgtable_unlist(iop);
	trace_io_pgtable_free(iop);
	io_pgtable_tlb_flush_all(iop);
	f->fns->free(iop);
	format_unpin(f);
}
EXPORT_SYMBOL_GPL(free_io_pgtable_ops);
