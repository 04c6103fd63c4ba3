// What a member is left with when a run is over: the host's adapter, whoever trained last and whoever only waited; and when the host
// has none to give.
#include "support/member_lab.h"

#include <QTest>

#include "base/file.h"
#include "base/sha256.h"
#include "lab/final_adapter.h"

using namespace fedllm;
using namespace fedllm::tests;

namespace {

adapter::AdapterState state_of(float value) {
  adapter::ModuleSlot slot;
  slot.name = "model.layers.0.self_attn.q_proj";
  slot.in_features = slot.out_features = 4;
  slot.rank = 2;
  adapter::AdapterState state = adapter::AdapterState::zeros(*adapter::AdapterLayout::make({slot}, 4));
  state.values[0] = value;
  return state;
}

}  // namespace

class TestMemberEnd : public QObject {
  Q_OBJECT
 private slots:
  void every_member_has_the_hosts_adapter_data() {
    QTest::addColumn<QString>("codec");
    QTest::addColumn<int>("cohort");
    QTest::addColumn<double>("test_fraction");
    QTest::newRow("all train") << "f32" << kMembers << 0.2;
    QTest::newRow("all train, lossy") << "f16" << kMembers << 0.2;
    QTest::newRow("two wait and evaluate") << "f32" << 1 << 0.2;
    QTest::newRow("two only wait") << "f32" << 1 << 0.0;
    QTest::newRow("two only wait, lossy") << "f16" << 1 << 0.0;
  }
  void every_member_has_the_hosts_adapter() {
    QFETCH(QString, codec);
    QFETCH(int, cohort);
    QFETCH(double, test_fraction);
    MemberLab lab([&](spec::Scenario& s) {
      s.codec = codec.toStdString();
      s.cohort.size = cohort;
      s.dataset.test_fraction = test_fraction;
      s.rounds = 2;
    });
    lab.open_room(kMembers);
    for (int k = 0; k < kMembers; ++k) lab.join(k);
    for (auto& member : lab.members) {
      const Status ended = member->wait();
      QVERIFY2(ended.ok(), ended.to_string().c_str());
    }
    const auto row = lab.host->ledger->run(lab.room->state().run());
    QCOMPARE(row->state, ledger::RunState::done);
    const std::string hosts = nlohmann::json::parse(row->summary_json)["adapter_sha256"];
    for (const auto& member : lab.members) {
      const auto summary = summary_of(*member);
      QCOMPARE(summary["adapter_sha256"].get<std::string>(), hosts);
      const std::string folder = summary["adapter_dir"];
      QCOMPARE(*sha256_file(folder + "/adapter_model.safetensors"), hosts);
      QCOMPARE(adapter::adapter_sha256(*adapter::load_peft(folder)), hosts);
    }
  }

  void a_hosts_file_is_believed_only_as_an_adapter_of_the_run() {
    QTemporaryDir dir;
    const std::string here = dir.filePath("version").toStdString(), there = dir.filePath("host").toStdString();
    QVERIFY(make_dirs(here).ok() && make_dirs(there).ok());
    lab::FinalAdapter wanted{dir.filePath("adapter").toStdString(), here, *adapter::save_peft(state_of(1), {"base"}, here),
                             *adapter::save_peft(state_of(2), {"base"}, there), state_of(0).layout, false, {"base"}};
    const auto give = [&](const std::string&) { return Result<std::string>(there + "/adapter_model.safetensors"); };
    auto saved = lab::save_final_adapter(wanted, give);
    QVERIFY(saved.ok() && saved->hosts.ok());
    QCOMPARE(saved->sha256, wanted.host_sha256);
    QCOMPARE(*sha256_file(wanted.folder + "/adapter_model.safetensors"), wanted.host_sha256);
    // Not an adapter, not to be had, nobody to ask: what is here stays, and why is told.
    write_text(there + "/adapter_model.safetensors", "garbage");
    const auto refuse = [](const std::string&) { return Result<std::string>(not_found("it is not offered")); };
    for (const lab::FetchFile& fetch : {lab::FetchFile(give), lab::FetchFile(refuse), lab::FetchFile()}) {
      saved = lab::save_final_adapter(wanted, fetch);
      QVERIFY(saved.ok() && !saved->hosts.ok() && !saved->hosts.message().empty());
      QCOMPARE(saved->sha256, wanted.version_sha256);
      QCOMPARE(*sha256_file(wanted.folder + "/adapter_model.safetensors"), wanted.version_sha256);
    }
    wanted.version_folder.clear();
    wanted.version_sha256.clear();
    wanted.folder = dir.filePath("none").toStdString();
    saved = lab::save_final_adapter(wanted, refuse);
    QVERIFY(saved.ok() && saved->sha256.empty());
  }
};

QTEST_GUILESS_MAIN(TestMemberEnd)
#include "tst_member_end.moc"
