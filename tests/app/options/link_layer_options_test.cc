#include "src/app/options/link_layer_options.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using testing::Arguments;
using testing::BadLine;
using testing::Good;
using testing::WithMap;

BOOST_AUTO_TEST_CASE(DevicesAndTagAreRead) {
  BOOST_TEST(!Good(WithMap({})).link_layer.InUse());
  BOOST_TEST(Good(WithMap({"-o", "eth1"})).link_layer.InUse());
  const LinkLayerOptions plain = Good(WithMap({"-o", "eth1,eth2"})).link_layer;
  BOOST_TEST(plain.devices == (std::vector<std::string>{"eth1", "eth2"}),
             boost::test_tools::per_element());
  BOOST_TEST(!plain.vlan);
  const auto vlan = [](const char* text) {
    return Good(WithMap({"--output", "eth1", "--vlan", text})).link_layer.vlan;
  };
  BOOST_TEST((vlan("7") == VlanTag{.id = 7}));
  BOOST_TEST((vlan("4094:7") == VlanTag{.id = 4094, .priority = 7}));
}

BOOST_AUTO_TEST_CASE(TheLayerIsChosen) {
  BOOST_TEST((Good(WithMap({})).link_layer.layer == SendLayer::kAuto));
  BOOST_TEST((Good(WithMap({"--send", "auto"})).link_layer.layer == SendLayer::kAuto));
  BOOST_TEST((Good(WithMap({"--send", "ip"})).link_layer.layer == SendLayer::kIp));
  BOOST_TEST((Good(WithMap({"--send=link"})).link_layer.layer == SendLayer::kLink));
  BOOST_TEST((Good(WithMap({"--send=link", "--vlan", "7"})).link_layer.vlan->id == 7));
}

BOOST_AUTO_TEST_CASE(MacsStandInTheMap) {
  const Options options =
      Good({"-o", "eth1", "-x", "80@02:00:5e:10:00:01-10.0.0.2:8080@02:00:5e:10:00:02"});
  const Mapping& mapping = options.targets.mappings()[0];
  BOOST_TEST(mapping.source_mac->ToString() == "02:00:5e:10:00:01");
  BOOST_TEST(mapping.target_mac->ToString() == "02:00:5e:10:00:02");
}

BOOST_AUTO_TEST_CASE(WhatIsWrongIsNamed) {
  struct Row {
    Arguments arguments;
    std::string begin;
  };
  const Row table[] = {
      {{"--send", "wire"}, "--send: 'wire' is unknown; accepted: auto, ip or link"},
      {{"--send", "ip", "-o", "eth1"}, "--send: contradicts -o"},
      {{"-o", ""}, "-o: '' is empty; accepted: Ethernet interfaces, comma separated"},
      {{"-o", "eth1,"}, "-o: 'eth1,' has an empty name; "},
      {{"-o", "eth1", "--vlan", "0"}, "--vlan: '0' is out of range; accepted: 1..4094"},
      {{"-o", "eth1", "--vlan", "4095"}, "--vlan: '4095' is out of range; "},
      {{"-o", "eth1", "--vlan", "7:8"}, "--vlan: '8' is out of range; "},
      {{"-o", "eth1", "--vlan", "7:"}, "--vlan: '' is no whole number; "},
      {{"-o", "eth1", "--vlan", "blue"}, "--vlan: 'blue' is no whole number; "},
      {{"--vlan", "7"}, "--vlan: is for the link layer; accepted: together with -o"},
  };
  for (const Row& row : table) {
    const std::string line = BadLine(WithMap(row.arguments));
    BOOST_TEST(line.starts_with("tcpcopy: " + row.begin), line);
  }
  BOOST_TEST(BadLine({"-x", "80-10.0.0.2:8080@02:00:5e:10:00:02"})
                 .starts_with("tcpcopy: -x: MACs are for the link layer; accepted: together"));
}

}  // namespace
}  // namespace tcpcopy
