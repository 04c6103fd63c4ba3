// ControlFixture: a mini world with ledger, run manager and control service behind an in-process channel, and a stub on it.
#pragma once

#include <grpcpp/grpcpp.h>

#include "net/local_server.h"
#include "node/control_service.h"
#include "node/run_manager.h"
#include "support/run_watch.h"
#include "wire/control.grpc.pb.h"

namespace fedllm::tests {

struct ControlFixture {
  MiniWorld world;
  NoopBackend backend;
  train::Backend* trainer = &backend;   // what the core opens
  std::unique_ptr<ledger::Ledger> ledger = world.open_ledger();
  node::RunManager::OpenBackend open_backend = [this]() -> Result<train::Backend*> { return trainer; };
  node::RunManager runs{*ledger, world.home(), open_backend};
  node::ControlService control{{*ledger, runs, world.home(), "1.2.3", open_backend}};
  std::unique_ptr<net::LocalServer> server = std::move(net::LocalServer::start(control.service())).value();
  std::unique_ptr<wire::Control::Stub> stub = wire::Control::NewStub(server->channel());

  ~ControlFixture() {
    runs.stop_all();
    control.close();
    server.reset();
  }

  wire::StartRunRequest start_request(const std::string& request_id = {}) const {
    wire::StartRunRequest request;
    request.set_scenario_json(spec::to_json(world.scenario));
    request.set_base_dir(world.path());
    request.set_workers(2);
    request.set_request_id(request_id);
    return request;
  }
  wire::RunInfo start(const std::string& request_id = {}) {
    grpc::ClientContext context;
    wire::RunInfo info;
    const grpc::Status status = stub->StartRun(&context, start_request(request_id), &info);
    if (!status.ok()) qFatal("%s", status.error_message().c_str());
    return info;
  }
  // Any unary call that takes a run.
  using RunCall = grpc::Status (wire::Control::Stub::*)(grpc::ClientContext*, const wire::RunRef&, wire::RunInfo*);
  grpc::Status call(RunCall method, const std::string& run, wire::RunInfo* info = nullptr) {
    grpc::ClientContext context;
    wire::RunRef ref;
    ref.set_run(run);
    wire::RunInfo ignored;
    return (stub.get()->*method)(&context, ref, info ? info : &ignored);
  }
  wire::RunInfo info(const std::string& run) {
    wire::RunInfo info;
    (void)call(&wire::Control::Stub::GetRun, run, &info);
    return info;
  }
  grpc::Status stop(const std::string& run, bool abandon) {
    grpc::ClientContext context;
    wire::StopRequest request;
    request.set_run(run);
    request.set_abandon(abandon);
    wire::RunInfo info;
    return stub->Stop(&context, request, &info);
  }
};

inline std::string adapter_of(const wire::RunInfo& info) {
  const auto summary = nlohmann::json::parse(info.summary_json(), nullptr, false);
  return summary.is_object() && summary["adapter_sha256"].is_string() ? summary["adapter_sha256"].get<std::string>() : "";
}

}  // namespace fedllm::tests
