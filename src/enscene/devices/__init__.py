"""Devices: terminals that speak MQTT, each with a key and topics of its own.

A device logs in as `<tenant>/<scene>/<device>` and may publish to
`enscene/<tenant>/<scene>/<device>/up/<action>` and read `enscene/<tenant>/<scene>/<device>/down/#`,
nothing else. The broker sees to that (`mqtt_broker` here, or any other: `mosquitto_files`);
`DeviceGate` does what the devices ask and answers them.
"""

from enscene.devices.broker import mqtt_broker
from enscene.devices.device_key import Address, DeviceKeys
from enscene.devices.gate import DeviceGate
from enscene.devices.mosquitto import mosquitto_files

__all__ = ["Address", "DeviceGate", "DeviceKeys", "mosquitto_files", "mqtt_broker"]
