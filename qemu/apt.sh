# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Functions that run apt with a private configuration. The configuration has the user's sources, and
# may add other suites of the same mirror with the same key, or another architecture. The user's
# sources, preferences, package lists and dpkg architectures do not change. Scripts source this file
# after common.sh.
#
# These functions run before any package is installed, so they use only bash, awk and sed.

# private_apt_setup DIR [ARCH]: prepare DIR for `private_apt apt-get ...`. With ARCH, apt resolves
# dependencies for that architecture as if no package were installed: use it only for downloads.
private_apt_setup() {
	local dir=$1 arch=${2:-} sources
	mkdir -p "$dir"/{sources,lists/partial,cache/archives/partial}
	for sources in /etc/apt/sources.list.d/*.{list,sources}; do
		[[ ! -e $sources ]] || ln -sf "$sources" "$dir/sources/"
	done
	private_apt_options=(
		-o "Dir::Etc::SourceParts=$dir/sources"
		-o "Dir::State::Lists=$dir/lists"
		-o "Dir::Cache=$dir/cache"
		-o APT::Sandbox::User=root
		-o Acquire::Languages=none
		-o Acquire::Retries=3
		-o DPkg::Lock::Timeout=300
		-o Dpkg::Use-Pty=0
	)
	if [[ $arch ]]; then
		: >"$dir/status"
		private_apt_options+=(
			-o "APT::Architecture=$arch"
			-o "APT::Architectures=$arch"
			-o "Dir::State::status=$dir/status"
		)
	fi
}

private_apt() {
	local tool=$1
	shift
	LC_ALL=C DEBIAN_FRONTEND=noninteractive "$tool" "${private_apt_options[@]}" "$@"
}

# Continues if one of the user's sources is unreachable. If a package is missing, the later install fails.
private_apt_update() {
	private_apt apt-get -q update || echo "warning: apt-get update: not every source answered"
}

debian_codename() {
	(. /etc/os-release && echo "${VERSION_CODENAME:-}")
}

# release_source CODENAME: print the URI of the user's Debian mirror for this release, and the file that
# names the mirror. Needs private_apt_update before. apt finds the mirror by its index, so that the mirror's
# entry may name the release in any way.
release_source() {
	# shellcheck disable=SC2016  # apt expands these
	private_apt apt-get indextargets 'Created-By: Packages' 'Component: main' \
		--format '$(ORIGIN)|$(CODENAME)|$(REPO_URI)|$(SOURCESENTRY)' |
		sed -n "s/^Debian|$1|//p" | head -n 1 | sed 's/|/ /; s/:[0-9]*$//' | grep . ||
		die "none of this machine's apt sources is a mirror of Debian $1"
}

# private_apt_add_suite DIR SUITE: add another suite of the mirror. Security suites are on a mirror of their own.
private_apt_add_suite() {
	local dir=$1 suite=$2 own source uri file
	own=$(debian_codename)
	[[ $suite != *-security ]] || own+=-security
	source=$(release_source "$own")
	read -r uri file <<<"$source"
	{
		echo "Types: deb"
		echo "URIs: $uri"
		echo "Suites: $suite"
		echo "Components: main"
		signed_by "$file" "$uri"
	} >"$dir/sources/private-$suite.sources"
}

# signed_by FILE URI: print the Signed-By field of the source that names URI. In a .sources file, lines
# that start with a blank continue the field, which may contain a key.
signed_by() {
	case $1 in
	*.sources)
		awk -v RS= -v uri="${2%/}" '
		index($0, uri) {
			n = split($0, line, "\n")
			for (i = 1; i <= n; i++) {
				if (line[i] !~ /^[ \t]/)
					keep = tolower(line[i]) ~ /^signed-by:/
				if (keep)
					print line[i]
			}
			exit
		}' "$1"
		;;
	*)
		grep -F "${2%/}" "$1" | sed -nE '1s/^[^#]*\[[^]]*signed-by=([^] ]+).*/Signed-By: \1/Ip'
		;;
	esac
}
