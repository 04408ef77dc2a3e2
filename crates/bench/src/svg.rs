//! A chart of lines as SVG: no scripts, readable on light and on dark pages.

use std::fmt::Write as _;

const WIDTH: f64 = 900.0;
const HEIGHT: f64 = 360.0;
/// Room around the lines: left for the scale, right for the names, below for the places.
const LEFT: f64 = 60.0;
const RIGHT: f64 = 250.0;
const TOP: f64 = 36.0;
const BOTTOM: f64 = 44.0;
/// Told apart by the colour-blind too, and on either ground; the names stand beside the lines as well.
const COLOURS: [&str; 8] = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#8c564b", "#7f7f7f"];
/// Names of places that fit below the lines.
const PLACES_MAX: usize = 8;

/// What is to be seen.
pub(crate) struct Chart<'a> {
    pub(crate) title: &'a str,
    pub(crate) scale: Scale,
    /// Names of the places from left to right; lines have a height at some of them.
    pub(crate) places: Vec<String>,
    pub(crate) lines: Vec<Line>,
}

/// How heights are shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scale {
    /// From 0.
    Linear,
    /// In powers of ten; only heights above 0 are shown. A line across marks 1.
    Logarithmic,
}

/// A line, with a dot at each of its points.
pub(crate) struct Line {
    pub(crate) name: String,
    /// (place, height)
    pub(crate) points: Vec<(usize, f64)>,
}

impl Chart<'_> {
    pub(crate) fn svg(&self) -> String {
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n<title>{0}</title>\n\
             <style>text {{ font: 12px sans-serif; fill: #333 }} .axis {{ stroke: #888; stroke-width: 1 }}\n\
             @media (prefers-color-scheme: dark) {{ text {{ fill: #ddd }} }}</style>\n\
             <text x=\"{LEFT}\" y=\"20\">{0}</text>\n",
            escaped(self.title)
        );
        let heights = self.lines.iter().flat_map(|line| &line.points).map(|(_, height)| *height);
        let bounds = Bounds::around(self.scale, heights);
        for mark in bounds.marks() {
            let (y, right) = (bounds.y(mark), WIDTH - RIGHT);
            let dash = if self.scale == Scale::Logarithmic && mark == 1.0 { "none" } else { "2 4" };
            let _ = writeln!(
                svg,
                "<line class=\"axis\" stroke-dasharray=\"{dash}\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{right}\" y2=\"{y:.1}\"/>\n\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{mark}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        let every = self.places.len().div_ceil(PLACES_MAX).max(1);
        for (at, place) in self.places.iter().enumerate().step_by(every) {
            let (x, y, place) = (self.x(at), HEIGHT - BOTTOM + 20.0, escaped(place));
            let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y}\" text-anchor=\"middle\">{place}</text>");
        }
        for (number, (line, colour)) in self.lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
            self.draw(&mut svg, line, colour, number, &bounds);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn draw(&self, svg: &mut String, line: &Line, colour: &str, number: usize, bounds: &Bounds) {
        let points: Vec<(f64, f64)> = line
            .points
            .iter()
            .filter(|(_, height)| self.scale == Scale::Linear || *height > 0.0)
            .map(|(place, height)| (self.x(*place), bounds.y(*height)))
            .collect();
        let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let _ = writeln!(
            svg,
            "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>",
            path.join(" ")
        );
        for (x, y) in &points {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" fill=\"{colour}\"/>");
        }
        let (x, y) = (WIDTH - RIGHT + 16.0, TOP + 8.0 + 20.0 * number as f64);
        let _ = writeln!(
            svg,
            "<rect x=\"{x}\" y=\"{}\" width=\"12\" height=\"4\" fill=\"{colour}\"/>\n<text x=\"{}\" y=\"{y}\">{}</text>",
            y - 6.0,
            x + 18.0,
            escaped(&line.name)
        );
    }

    fn x(&self, place: usize) -> f64 {
        let last = self.places.len().saturating_sub(1).max(1) as f64;
        LEFT + 10.0 + (WIDTH - LEFT - RIGHT - 20.0) * place as f64 / last
    }
}

/// From the lowest height shown to the highest.
struct Bounds {
    scale: Scale,
    low: f64,
    high: f64,
}

impl Bounds {
    fn around(scale: Scale, heights: impl Iterator<Item = f64> + Clone) -> Self {
        let highest = heights.clone().fold(0.0, f64::max);
        match scale {
            Scale::Linear => Self { scale, low: 0.0, high: if highest > 0.0 { highest * 1.1 } else { 1.0 } },
            Scale::Logarithmic => {
                let lowest = heights.filter(|height| *height > 0.0).fold(f64::INFINITY, f64::min);
                // 1 is always to be seen.
                let (low, high) = (lowest.min(0.5).log10().floor(), highest.max(2.0).log10().ceil());
                Self { scale, low, high }
            }
        }
    }

    fn y(&self, height: f64) -> f64 {
        let height = if self.scale == Scale::Linear { height } else { height.log10() };
        HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * (height - self.low) / (self.high - self.low)
    }

    fn marks(&self) -> Vec<f64> {
        match self.scale {
            Scale::Linear => (0..=4_u8).map(|part| (self.high * f64::from(part) / 4.0).round()).collect(),
            Scale::Logarithmic => {
                (0..=(self.high - self.low) as i32).map(|step| 10_f64.powi(self.low as i32 + step)).collect()
            }
        }
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
pub(crate) fn check_well_formed(svg: &str) {
    let limits = xml::Limits { bytes: 1 << 20, depth: 8, elements: 10_000, attributes: 16, namespaces: 4 };
    let mut reader = xml::Reader::new(svg, &limits).unwrap();
    while !matches!(reader.next().unwrap(), xml::Event::Eof) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic]
    fn what_is_not_well_formed_is_noticed() {
        check_well_formed("<svg><line></svg>");
    }

    fn chart(scale: Scale, points: Vec<(usize, f64)>) -> String {
        let places = points.iter().map(|(place, _)| format!("<{place}>")).collect();
        let lines = vec![Line { name: "scans & more".to_owned(), points }];
        Chart { title: "a < b", scale, places, lines }.svg()
    }

    #[test]
    fn a_chart_is_well_formed_and_has_a_dot_for_every_point() {
        for scale in [Scale::Linear, Scale::Logarithmic] {
            for count in [0, 1, 2, 40] {
                let svg = chart(scale, (0..count).map(|place| (place, 0.3 * (place + 1) as f64)).collect());
                check_well_formed(&svg);
                assert_eq!(svg.matches("<circle").count(), count);
                assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
            }
        }
    }

    #[test]
    fn a_logarithm_of_nothing_is_not_drawn() {
        let svg = chart(Scale::Logarithmic, vec![(0, 0.0), (1, 1.0)]);
        assert_eq!(svg.matches("<circle").count(), 1);
    }
}
