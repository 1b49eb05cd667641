"""Calls Soundings from Python with nothing generated beforehand: the services describe themselves by reflection."""

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


class Service:
    """One gRPC service, called by method name with plain dicts."""

    def __init__(self, address, service, token=None):
        self.channel = grpc.insecure_channel(address)
        self.pool = DescriptorPool(ProtoReflectionDescriptorDatabase(self.channel))
        self.descriptor = self.pool.FindServiceByName(service)
        self.metadata = [("authorization", f"Bearer {token}")] if token else []

    def message(self, full_name):
        """The class of a message, by its full protobuf name."""
        return GetMessageClass(self.pool.FindMessageTypeByName(full_name))

    def call(self, method, timeout=10, **fields):
        """One request, one reply. Raises grpc.RpcError."""
        return self._stub(method, self.channel.unary_unary)(
            self._request(method, fields), timeout=timeout, metadata=self.metadata
        )

    def stream(self, method, timeout=None, **fields):
        """One request, many replies."""
        return self._stub(method, self.channel.unary_stream)(
            self._request(method, fields), timeout=timeout, metadata=self.metadata
        )

    def _request(self, method, fields):
        return GetMessageClass(self.descriptor.methods_by_name[method].input_type)(**fields)

    def _stub(self, method, kind):
        found = self.descriptor.methods_by_name[method]
        reply = GetMessageClass(found.output_type)
        path = f"/{self.descriptor.full_name}/{method}"
        return kind(path, request_serializer=lambda m: m.SerializeToString(), response_deserializer=reply.FromString)
