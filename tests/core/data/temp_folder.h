// A folder for one test, removed with everything in it; files are written and read as strings.
#pragma once

#include <QTemporaryDir>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace fedllm::test {

class TempFolder {
 public:
  std::string path() const { return dir_.path().toStdString(); }
  std::string path(const std::string& name) const { return path() + "/" + name; }
  std::string write(const std::string& name, std::string_view bytes) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::filesystem::remove(path(name));   // overwriting makes some file systems wait for the disk
    std::ofstream(path(name), std::ios::binary).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return path(name);
  }
  // Every file below the folder, relative, sorted.
  std::vector<std::string> files() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path()))
      if (entry.is_regular_file()) found.push_back(std::filesystem::relative(entry.path(), path()).string());
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  QTemporaryDir dir_;
};

}  // namespace fedllm::test
