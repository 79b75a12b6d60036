#!/bin/bash
# Process 1 of a host: machine.sh FOLDER HOSTNAME LIMIT_S MODULES [OVERLAY]. Runs in namespaces of its own, gives them files of their
# own (FOLDER/root), then lives as long as the host, at most LIMIT_S. When it ends, the kernel ends all else in the host.
# MODULES are the QEMU modules of a private prefix, or empty; OVERLAY's usr/ is laid over /usr.
set -eu
folder=$1 hostname=$2 limit=$3 modules=$4 overlay=${5-}

mount --make-rprivate /
for path in /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt /run; do
  mkdir -p "$folder/root$path" "$path"
  mount --bind "$folder/root$path" "$path"
done
mkdir -p /run/lock /run/libvirt
for file in hosts passwd group; do mount --bind "$folder/$file" "/etc/$file"; done
hostname "$hostname"

# A /dev without kvm: where nested guests do not work, libvirt would choose it and fail. A file bound over /dev/kvm instead
# makes libvirt probe QEMU anew at each use (5 to 8 s).
dev=$folder/dev
mkdir -p "$dev"
mount -t tmpfs -o mode=755 tmpfs "$dev"
for node in null zero full random urandom tty ptmx net/tun userfaultfd; do
  [[ -e /dev/$node ]] || continue
  mkdir -p "$(dirname "$dev/$node")"
  touch "$dev/$node"
  mount --bind "/dev/$node" "$dev/$node"
done
mkdir -p "$dev/pts" "$dev/shm"
mount --bind /dev/pts "$dev/pts"
mount -t tmpfs tmpfs "$dev/shm"
ln -s /proc/self/fd "$dev/fd"
for number in 0 1 2; do ln -s "fd/$number" "$dev/$(echo stdin stdout stderr | cut -d' ' -f$((number + 1)))"; done
mount --rbind "$dev" /dev

if [[ -n $overlay ]]; then
  mount -t overlay overlay -o "lowerdir=$overlay/usr:/usr" /usr
  # libvirt loads every driver that it finds here, and stops at one of another version.
  for drivers in "$overlay"/usr/lib/*/libvirt; do mount --bind "$drivers" "${drivers#"$overlay"}"; done
fi

# QEMU looks at the system's modules as well as at its own, and another version's stop it.
system_modules=/usr/lib/x86_64-linux-gnu/qemu
if [[ -n $modules && -d $system_modules ]]; then mount --bind "$modules" "$system_modules"; fi

touch "$folder/booted"
# The shell itself reaps what is left to process 1.
while ((SECONDS < limit)); do sleep 1; done
