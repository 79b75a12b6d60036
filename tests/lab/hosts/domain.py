"""libvirt's description of a guest, and its disk."""
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from .host import Host


@dataclass
class Disk:
    """An image of each host's own, in /var/lib/libvirt/images; nothing is shared."""

    name: str = "vm1"
    mib: int = 1024
    format: str = "qcow2"  # or "raw"

    @property
    def path(self) -> str:
        return f"/var/lib/libvirt/images/{self.name}.{self.format}"

    def create(self, host: Host):
        """Empty; on a destination too: libvirt makes images itself only in storage pools."""
        host.run(["qemu-img", "create", "-q", "-f", self.format, self.path, f"{self.mib}M"])

    def xml(self) -> str:
        # Without the host's page cache a migration is safe for every cache of the destination (libvirt refuses others).
        return (f"<disk type='file' device='disk'><driver name='qemu' type={quoteattr(self.format)} cache='none'/>"
                f"<source file={quoteattr(self.path)}/><target dev='vda' bus='virtio'/></disk>")


def domain_xml(guest) -> str:
    arguments = "".join(f"<qemu:arg value={quoteattr(word)}/>" for word in guest.qemu_arguments)
    assets = guest.lab.assets
    # TCG: see the trap about /dev/kvm in docs/lab.md. A guest that reboots or panics is over: it would come back whole.
    return f"""<domain type='qemu' xmlns:qemu='http://libvirt.org/schemas/domain/qemu/1.0'>
<name>{guest.name}</name><uuid>{guest.uuid}</uuid><memory unit='MiB'>{guest.memory}</memory><vcpu>1</vcpu>
<os><type arch='x86_64' machine={quoteattr(guest.machine)}>hvm</type><kernel>{assets.kernel}</kernel>
<initrd>{assets.initramfs}</initrd><cmdline>{guest.load.command_line()}</cmdline></os>
<cpu mode='custom' match='exact' check='none'><model fallback='allow'>{guest.cpu}</model></cpu>
<features><acpi/></features><on_reboot>destroy</on_reboot><on_crash>destroy</on_crash>
<devices><emulator>{assets.qemu}</emulator><controller type='usb' model='none'/>
<serial type='file'><source path={quoteattr(guest.log)} append='on'/><target port='0'/></serial>
{guest.disk.xml() if guest.disk else ''}<memballoon model='none'/></devices>
<qemu:commandline>{arguments}</qemu:commandline></domain>
"""
