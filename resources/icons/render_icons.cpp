// Draws the program's SVG icon as PNG files: render_icons ICON.svg OUT.png SIZE. Run by the build, once for each size that
// desktops look for; needs no display. Exit status 0 ok, 1 failed, 2 wrong usage.
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>
#include <cstdio>

int main(int argc, char** argv) {
  const int size = argc == 4 ? QByteArray(argv[3]).toInt() : 0;
  if (size < 1) {
    std::fputs("usage: render_icons ICON.svg OUT.png SIZE\n", stderr);
    return 2;
  }
  QSvgRenderer drawing(QString::fromLocal8Bit(argv[1]));
  QImage image(size, size, QImage::Format_ARGB32);
  image.fill(Qt::transparent);
  QPainter painter(&image);
  drawing.render(&painter);
  painter.end();
  if (drawing.isValid() && image.save(QString::fromLocal8Bit(argv[2]), "PNG")) return 0;
  std::fprintf(stderr, "render_icons: cannot draw %s into %s\n", argv[1], argv[2]);
  return 1;
}
